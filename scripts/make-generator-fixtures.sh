#!/usr/bin/env bash
# Makes the certificates of testdata/generators with the tools that teams really use.
#
# Writes what is missing and touches nothing that exists: each fixture is a directory that appears whole or not at all.
# Private keys live in a temporary directory and die with it. Needs OpenSSL 3; Go for the other tools, which are built at
# the versions pinned below. Ends with status 1, and says why, when a fixture is neither there nor could be made.
set -euo pipefail

# Not every module proxy serves tcld: TCLD names a binary that was built from its source, TCLD_VERSION what it was built from.
readonly TCLD_VERSION=${TCLD_VERSION:-v0.40.0}
readonly STEP_VERSION=v0.21.0
readonly CERTSTRAP_VERSION=v1.3.0
readonly MINICA_VERSION=v1.1.0
readonly CFSSL_VERSION=v1.6.5
readonly MKCERT_VERSION=v1.4.4
readonly DAYS=3650
readonly DEBIAN_ROOTS=/usr/share/ca-certificates/mozilla

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly out=$here/../testdata/generators
work=$(mktemp -d)
readonly work
recipe_log=
trap finish EXIT
mkdir -p "$out" "$work/bin"
export PATH=$work/bin:$PATH LC_ALL=C
not_made=()

finish() {
  local status=$?
  if [ "$status" -ne 0 ] && [ -n "$recipe_log" ]; then
    cat "$recipe_log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}

main() {
  tcld_fixtures
  small_tool_fixtures
  openssl_shape_fixtures
  openssl_algorithm_fixtures
  fixture openssl-16-rsa4096 openssl sixteen_rsa4096
  fixture debian-ca-certificates debian debian_slices
  if [ ${#not_made[@]} -gt 0 ]; then
    printf 'not made: %s\n' "${not_made[@]}" >&2
    exit 1
  fi
}

# ---- the fixtures, one line each -------------------------------------------------------------------------------------

tcld_fixtures() {
  fixture tcld-p384-same-org tcld tcld_pair acme -- --org acme
  fixture tcld-rsa-same-org tcld tcld_pair acme --rsa -- --org acme
  fixture tcld-two-cas-same-org tcld tcld_two_cas
  fixture tcld-named-leaf tcld tcld_pair acme -- --org acme --organization-unit payments --common-name orders.a1b2c
}

small_tool_fixtures() {
  fixture step-root-leaf step step_root_leaf
  fixture step-root-intermediate-leaf step step_intermediate
  fixture certstrap-pair certstrap certstrap_pair
  fixture minica-pair minica minica_pair
  fixture cfssl-client cfssl cfssl_client
  fixture mkcert-client mkcert mkcert_client
}

openssl_shape_fixtures() {
  fixture openssl-v1-leaf openssl plain_v1_leaf
  fixture openssl-samples-server-client-only openssl samples_server
  fixture openssl-intermediate openssl with_intermediate
  fixture openssl-cross-signed-trio openssl cross_signed_trio
  fixture terraform-namespace-example-shape openssl terraform_namespace
  fixture terraform-metrics-endpoint-shape openssl terraform_metrics
}

openssl_algorithm_fixtures() {
  fixture openssl-p256 openssl pair_of sha256 "$(curve P-256)"
  fixture openssl-p256-sha512 openssl pair_of sha512 "$(curve P-256)"
  fixture openssl-p521-sha512 openssl pair_of sha512 "$(curve P-521)"
  fixture openssl-p224 openssl pair_of sha256 "$(curve P-224)"
  fixture openssl-secp256k1 openssl pair_of sha256 "$(curve secp256k1)"
  fixture openssl-brainpoolp256r1 openssl pair_of sha256 "$(curve brainpoolP256r1)"
  fixture openssl-p256-explicit-parameters openssl pair_of sha256 "$(curve P-256) -pkeyopt ec_param_enc:explicit"
  fixture openssl-p256-compressed-point openssl compressed_point
  fixture openssl-rsa-1024 openssl pair_of sha256 "$(rsa_bits 1024)"
  fixture openssl-rsa-3072 openssl pair_of sha256 "$(rsa_bits 3072)"
  fixture openssl-rsa-4096 openssl pair_of sha256 "$(rsa_bits 4096)"
  fixture openssl-rsa-exponent-3 openssl pair_of sha256 "$(rsa_bits 2048) -pkeyopt rsa_keygen_pubexp:3"
  fixture openssl-rsa-sha1-root openssl pair_of sha1 "$(rsa_bits 2048)"
  fixture openssl-rsa-md5-root openssl pair_of md5 "$(rsa_bits 2048)"
  fixture openssl-rsa-pss-salt32 openssl pair_of sha256 "$(rsa_bits 2048)" \
    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
  fixture openssl-id-rsassa-pss openssl pair_of sha256 "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048" \
    -sigopt rsa_pss_saltlen:32
  fixture openssl-ed25519 openssl pair_of none "-algorithm ED25519"
  fixture openssl-ed448 openssl pair_of none "-algorithm ED448"
  fixture openssl-dsa openssl dsa_pair
}

# ---- how a fixture comes to be ---------------------------------------------------------------------------------------

# fixture NAME TOOL RECIPE [ARGUMENT...]: runs RECIPE in an empty directory and keeps ca.pem, leaf.pem, slices and
# fixture.json. A directory that is there but incomplete is reported and left alone: its keys are gone, so no missing
# half can be made to fit the other.
fixture() {
  local name=$1 tool=$2 version
  shift 2
  if [ -e "$out/$name/fixture.json" ]; then
    return
  fi
  if [ -e "$out/$name" ]; then
    not_made+=("$name (incomplete: delete the directory to make it anew)")
    return
  fi
  if ! provide "$tool"; then
    not_made+=("$name ($tool is not available)")
    return
  fi
  version=$(version_of "$tool")
  local stage=$work/stage/$name keep=$work/keep/$name
  mkdir -p "$stage" "$keep"
  commands=$stage.commands
  : >"$commands"
  recipe_log=$stage.log
  # Not behind `if` or `||`: there a failing command in the middle of a recipe would go unnoticed.
  (
    cd "$stage"
    "$@"
  ) >"$recipe_log" 2>&1
  recipe_log=
  keep_public_files "$stage" "$keep"
  write_description "$(label_of "$tool")" "$version" "$(joined_commands "$commands")" >"$keep/fixture.json"
  mv "$keep" "$out/$name"
  echo "made $name"
}

keep_public_files() {
  local from=$1 to=$2 file
  for file in "$from"/ca.pem "$from"/leaf.pem "$from"/slice-*.pem; do
    [ -e "$file" ] || continue
    if grep -q 'PRIVATE KEY' "$file"; then
      echo "error: ${file##*/} holds a private key" >&2
      exit 1
    fi
    cp "$file" "$to/"
  done
}

write_description() {
  printf '{"tool":"%s","version":"%s","command":"%s","at":"%s"}\n' \
    "$(json_text "$1")" "$(json_text "$2")" "$(json_text "$3")" "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
}

json_text() {
  local text=${1//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}

joined_commands() {
  paste -s -d '\t' "$1" | sed 's/\t/; /g'
}

# run COMMAND...: notes the command as a reader would type it, then runs it.
run() {
  local word line=
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]]; then
      line+="$word "
    else
      line+="'$word' "
    fi
  done
  note "${line% }"
  "$@"
}

note() {
  printf '%s\n' "$1" >>"$commands"
}

# write FILE LINE...: a small file whose content belongs to the command.
write() {
  local file=$1 line text=
  shift
  for line in "$@"; do
    text+=" '$line'"
  done
  note "printf '%s\\n'$text > $file"
  printf '%s\n' "$@" >"$file"
}

# ---- tools -----------------------------------------------------------------------------------------------------------

provide() {
  case $1 in
    openssl) command -v "$1" >/dev/null ;;
    debian) [ -d "$DEBIAN_ROOTS" ] ;;
    tcld) given_tool tcld "${TCLD:-}" || install_tool tcld github.com/temporalio/tcld/cmd/tcld github.com/temporalio/tcld "$TCLD_VERSION" ;;
    step) install_tool step github.com/smallstep/cli/cmd/step github.com/smallstep/cli "$STEP_VERSION" ;;
    certstrap) install_tool certstrap github.com/square/certstrap github.com/square/certstrap "$CERTSTRAP_VERSION" ;;
    minica) install_tool minica github.com/jsha/minica github.com/jsha/minica "$MINICA_VERSION" ;;
    mkcert) install_tool mkcert filippo.io/mkcert filippo.io/mkcert "$MKCERT_VERSION" ;;
    cfssl)
      install_tool cfssl github.com/cloudflare/cfssl/cmd/cfssl github.com/cloudflare/cfssl "$CFSSL_VERSION" &&
        install_tool cfssljson github.com/cloudflare/cfssl/cmd/cfssljson github.com/cloudflare/cfssl "$CFSSL_VERSION"
      ;;
  esac
}

# given_tool BINARY PATH: takes the program at PATH for BINARY; nothing to take when PATH is empty.
given_tool() {
  [ -n "$2" ] && ln -sf "$(realpath "$2")" "$work/bin/$1"
}

# install_tool BINARY PACKAGE MODULE VERSION: `go install PACKAGE@VERSION` also wants the list of all versions, which not
# every module proxy serves; where it fails, a throwaway module that requires the exact version gives the same build.
install_tool() {
  local binary=$1 package=$2 module=$3 version=$4
  if [ -e "$work/bin/$binary.failed" ]; then
    return 1
  fi
  if [ -x "$work/bin/$binary" ]; then
    return 0
  fi
  command -v go >/dev/null || return 1
  echo "building $binary $version" >&2
  if GOBIN=$work/bin go install "$package@$version" >"$work/$binary.log" 2>&1; then
    return 0
  fi
  mkdir -p "$work/build/$binary"
  if (cd "$work/build/$binary" && go mod init toolbuild && go mod edit "-require=$module@$version" &&
    go build -mod=mod -o "$work/bin/$binary" "$package") >>"$work/$binary.log" 2>&1; then
    return 0
  fi
  tail -n 3 "$work/$binary.log" >&2
  touch "$work/bin/$binary.failed"
  return 1
}

version_of() {
  case $1 in
    openssl) openssl version | cut -d' ' -f2 ;;
    debian) dpkg-query -W -f '${Version}' ca-certificates ;;
    tcld) echo "$TCLD_VERSION" ;;
    step) echo "$STEP_VERSION" ;;
    certstrap) echo "$CERTSTRAP_VERSION" ;;
    minica) echo "$MINICA_VERSION" ;;
    mkcert) echo "$MKCERT_VERSION" ;;
    cfssl) echo "$CFSSL_VERSION" ;;
  esac
}

label_of() {
  case $1 in
    debian) echo 'Debian ca-certificates' ;;
    *) echo "$1" ;;
  esac
}

# ---- recipes: tcld ---------------------------------------------------------------------------------------------------

# tcld_pair ORGANISATION [CA FLAG...] -- LEAF FLAG...
tcld_pair() {
  local organisation=$1 ca_flags=()
  shift
  while [ "$1" != -- ]; do
    ca_flags+=("$1")
    shift
  done
  shift
  run env AUTO_CONFIRM=1 tcld gen ca --org "$organisation" -d 365d --ca-cert ca.pem --ca-key ca.key ${ca_flags[@]+"${ca_flags[@]}"}
  run env AUTO_CONFIRM=1 tcld gen leaf "$@" --ca-cert ca.pem --ca-key ca.key --cert leaf.pem --key leaf.key
}

tcld_two_cas() {
  tcld_pair acme -- --org acme
  run env AUTO_CONFIRM=1 tcld gen ca --org acme -d 365d --ca-cert second.pem --ca-key second.key
  note 'cat second.pem >> ca.pem'
  cat second.pem >>ca.pem
}

# ---- recipes: small tools --------------------------------------------------------------------------------------------

step_create() {
  run step certificate create "$@" --no-password --insecure
}

step_root_leaf() {
  step_create CertAuth ca.pem ca.key --profile root-ca
  step_create orders.a1b2c leaf.pem leaf.key --ca ca.pem --ca-key ca.key --not-after 8760h
}

step_intermediate() {
  step_create 'Acme Root' root.pem root.key --profile root-ca --not-after 87600h
  step_create 'Acme Issuing' issuing.pem issuing.key --profile intermediate-ca --ca root.pem --ca-key root.key \
    --not-after 80000h
  step_create orders.a1b2c leaf.pem leaf.key --profile leaf --ca issuing.pem --ca-key issuing.key --bundle \
    --not-after 79000h
  bundle_of root.pem issuing.pem
}

certstrap_pair() {
  run certstrap --depot-path out init --common-name 'Acme CA' --organization acme --passphrase '' --expires '10 years'
  run certstrap --depot-path out request-cert --common-name orders.a1b2c --organization acme --passphrase ''
  run certstrap --depot-path out sign orders.a1b2c --CA 'Acme CA' --expires '2 years'
  cp out/Acme_CA.crt ca.pem
  cp out/orders.a1b2c.crt leaf.pem
}

minica_pair() {
  run minica -domains worker.acme.example
  cp minica.pem ca.pem
  cp worker.acme.example/cert.pem leaf.pem
}

cfssl_client() {
  write ca.json '{"CN":"Acme CA","key":{"algo":"ecdsa","size":256},"names":[{"O":"acme"}],"ca":{"expiry":"87600h"}}'
  write leaf.json '{"CN":"orders.a1b2c","key":{"algo":"ecdsa","size":256},"names":[{"O":"acme","OU":"payments"}]}'
  write profiles.json '{"signing":{"profiles":{"client":{"usages":["digital signature","client auth"],"expiry":"8760h"}}}}'
  note 'cfssl gencert -initca ca.json | cfssljson -bare ca'
  cfssl gencert -initca ca.json | cfssljson -bare ca
  note 'cfssl gencert -ca ca.pem -ca-key ca-key.pem -config profiles.json -profile client leaf.json | cfssljson -bare leaf'
  cfssl gencert -ca ca.pem -ca-key ca-key.pem -config profiles.json -profile client leaf.json | cfssljson -bare leaf
}

# Without -install mkcert leaves every trust store alone.
mkcert_client() {
  run env CAROOT=. mkcert -client -cert-file leaf.pem -key-file leaf.key worker.acme.example
  cp rootCA.pem ca.pem
}

# ---- recipes: OpenSSL ------------------------------------------------------------------------------------------------

curve() {
  echo "-algorithm EC -pkeyopt ec_paramgen_curve:$1"
}

rsa_bits() {
  echo "-algorithm RSA -pkeyopt rsa_keygen_bits:$1"
}

# pair_of CA-DIGEST CA-KEY-OPTIONS [SIGNING OPTION...]: everything but the named thing is as good as can be; the leaf has
# a P-256 key and is signed with SHA-256 where the CA's digest is too weak, so that only the CA is at fault.
pair_of() {
  local digest=$1 key_options=$2
  shift 2
  # shellcheck disable=SC2086 # the options are several words
  run openssl genpkey $key_options -out ca.key
  self_signed "$digest" "$@"
  case $digest in
    sha1 | md5) digest=sha256 ;;
  esac
  leaf_under ca "$digest" "$@"
}

compressed_point() {
  # shellcheck disable=SC2046 # the options are several words
  run openssl genpkey $(curve P-256) -out long.key
  run openssl ec -in long.key -conv_form compressed -out ca.key
  self_signed sha256
  leaf_under ca sha256
}

dsa_pair() {
  run openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -out dsa.parameters
  run openssl genpkey -paramfile dsa.parameters -out ca.key
  self_signed sha256
  leaf_under ca sha256
}

# self_signed DIGEST [SIGNING OPTION...]: ca.pem for ca.key.
self_signed() {
  local digest=$1
  shift
  ca_config
  # shellcheck disable=SC2046 # no digest is no word
  run openssl req -x509 -new -config ca.cnf -key ca.key $(digest_option "$digest") "$@" -days "$DAYS" \
    -subj '/O=acme/CN=Acme CA' -out ca.pem
}

digest_option() {
  [ "$1" = none ] || echo "-$1"
}

ca_config() {
  write ca.cnf '[req]' distinguished_name=name x509_extensions=ca '[name]' '[ca]' basicConstraints=critical,CA:TRUE \
    keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash
}

# leaf_under ISSUER DIGEST [SIGNING OPTION...]: leaf.pem with a new P-256 key under ISSUER.pem.
leaf_under() {
  local issuer=$1 digest=$2
  shift 2
  write leaf.ext basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth \
    subjectKeyIdentifier=hash authorityKeyIdentifier=keyid subjectAltName=DNS:worker.acme.example
  # shellcheck disable=SC2046 # the options are several words
  run openssl genpkey $(curve P-256) -out leaf.key
  run openssl req -new -key leaf.key -subj '/O=acme/OU=payments/CN=orders.a1b2c' -out leaf.csr
  # shellcheck disable=SC2046 # no digest is no word
  run openssl x509 -req -in leaf.csr -CA "$issuer.pem" -CAkey "$issuer.key" -CAcreateserial \
    $(digest_option "$digest") "$@" -days $((DAYS - 10)) -extfile leaf.ext -out leaf.pem
}

plain_v1_leaf() {
  # shellcheck disable=SC2046 # the options are several words
  run openssl genpkey $(curve P-256) -out ca.key
  run openssl req -x509 -new -key ca.key -sha256 -days "$DAYS" -subj '/O=acme/CN=Acme CA' -out ca.pem
  # shellcheck disable=SC2046
  run openssl genpkey $(curve P-256) -out leaf.key
  run openssl req -new -key leaf.key -subj '/O=acme/CN=orders.a1b2c' -out leaf.csr
  run openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days $((DAYS - 10)) -out leaf.pem
}

# The conf file has a section of names for the request, but -extfile without -extensions reads only the part before the
# first section, which holds nothing.
samples_server() {
  write ca.conf '[req]' default_md=sha256 prompt=no distinguished_name=name x509_extensions=authority '[name]' O=Acme \
    '[authority]' subjectKeyIdentifier=hash authorityKeyIdentifier=keyid:always,issuer \
    basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,digitalSignature,cRLSign,keyCertSign
  write leaf.conf '[req]' default_md=sha256 prompt=no distinguished_name=name req_extensions=wanted '[name]' O=acme \
    'CN=acme client orders' '[wanted]' subjectAltName=DNS:client.endentity.acme.x1yz
  run openssl genrsa -out ca.key 4096
  run openssl req -new -x509 -days "$DAYS" -key ca.key -config ca.conf -out ca.pem
  run openssl req -newkey rsa:4096 -nodes -keyout leaf.key -config leaf.conf -out leaf.csr
  run openssl x509 -req -in leaf.csr -days $((DAYS - 10)) -CA ca.pem -CAkey ca.key -CAcreateserial -extfile leaf.conf \
    -out leaf.pem
}

# named_ca NAME COMMON-NAME: NAME.key and a self-signed NAME.pem with a P-256 key.
named_ca() {
  # shellcheck disable=SC2046 # the options are several words
  run openssl genpkey $(curve P-256) -out "$1.key"
  run openssl req -x509 -new -config ca.cnf -key "$1.key" -sha256 -days "$DAYS" -subj "/O=acme/CN=$2" -out "$1.pem"
}

# signed_ca OUTPUT KEY COMMON-NAME ISSUER BASIC-CONSTRAINTS
signed_ca() {
  write sub.ext "basicConstraints=critical,$5" keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash \
    authorityKeyIdentifier=keyid
  run openssl req -new -key "$2.key" -subj "/O=acme/CN=$3" -out "$1.csr"
  run openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial -sha256 -days $((DAYS - 5)) \
    -extfile sub.ext -out "$1.pem"
}

bundle_of() {
  note "cat $* > ca.pem"
  cat "$@" >ca.pem
}

with_intermediate() {
  ca_config
  named_ca root 'Acme Root'
  # shellcheck disable=SC2046 # the options are several words
  run openssl genpkey $(curve P-256) -out issuing.key
  signed_ca issuing issuing 'Acme Issuing' root CA:TRUE,pathlen:0
  leaf_under issuing sha256
  bundle_of root.pem issuing.pem
  note 'cat issuing.pem >> leaf.pem'
  cat issuing.pem >>leaf.pem
}

cross_signed_trio() {
  ca_config
  named_ca a 'Acme A'
  named_ca b 'Acme B'
  signed_ca a-by-b a 'Acme A' b CA:TRUE
  leaf_under a sha256
  bundle_of a.pem a-by-b.pem b.pem
}

terraform_namespace() {
  terraform_ca /O=terraform/CN=terraform2-aws-us-east-1.terraform
  run openssl genrsa -out leaf.key 2048
  terraform_leaf leaf.key /O=terraform/CN=terraform2-aws-us-east-1.terraform
}

# Here even the key is the same on both ends.
terraform_metrics() {
  terraform_ca /
  terraform_leaf ca.key /
}

terraform_ca() {
  write ca.cnf '[req]' distinguished_name=name x509_extensions=ca '[name]' '[ca]' keyUsage=critical,keyCertSign \
    extendedKeyUsage=serverAuth,clientAuth basicConstraints=critical,CA:TRUE subjectKeyIdentifier=hash
  run openssl genrsa -out ca.key 2048
  run openssl req -x509 -new -config ca.cnf -key ca.key -sha256 -days "$DAYS" -subj "$1" -out ca.pem
}

terraform_leaf() {
  write leaf.ext keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth basicConstraints=critical,CA:FALSE \
    subjectKeyIdentifier=none authorityKeyIdentifier=keyid
  run openssl req -new -config ca.cnf -key "$1" -subj "$2" -out leaf.csr
  run openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days $((DAYS - 10)) \
    -extfile leaf.ext -out leaf.pem
}

# Sixteen certificates, the most a bundle may hold, that end between 32,000 and 32,768 bytes: the two readings of 32 KB.
sixteen_rsa4096() {
  local number subject='/C=US/O=Acme Corporation/OU=Platform Engineering/CN=Acme Temporal client CA'
  ca_config
  : >ca.pem
  # shellcheck disable=SC2016 # the text of the loop, not its run
  note 'for number in $(seq -w 1 16); do openssl genrsa -out ca.key 4096; openssl req -x509 -new -config ca.cnf -key ca.key'"\
 -sha256 -days $DAYS -subj \"$subject \$number\" >> ca.pem; done"
  for number in $(seq -w 1 16); do
    openssl genrsa -out ca.key 4096
    openssl req -x509 -new -config ca.cnf -key ca.key -sha256 -days "$DAYS" -subj "$subject $number" >>ca.pem
  done
  local size
  size=$(wc -c <ca.pem)
  [ "$size" -gt 32000 ] && [ "$size" -le 32768 ] || { echo "the bundle has $size bytes" >&2; return 1; }
}

# ---- Debian's trust store --------------------------------------------------------------------------------------------

debian_slices() {
  local files=("$DEBIAN_ROOTS"/*.crt) index name
  note 'the files of the package in byte order of their names, sixteen to a slice'
  for index in "${!files[@]}"; do
    name=$(printf 'slice-%02d.pem' $((index / 16)))
    sed -e '$a\' "${files[index]}" >>"$name"
  done
}

main "$@"
