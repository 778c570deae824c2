package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"time"
)

// benchMint makes client certificates with new keys below one CA, as the
// official generator does: a key and CreateCertificate.
func benchMint(count, curveName string) error {
	iterations, err := strconv.Atoi(count)
	if err != nil || iterations < 1 {
		return fmt.Errorf("bench-mint needs a positive number of iterations, not %q", count)
	}
	curve, known := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384()}[curveName]
	if !known {
		return fmt.Errorf("bench-mint knows P-256 and P-384, not %q", curveName)
	}
	caKey, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"acme"}, CommonName: "bench"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(4000000000, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte{1, 2, 3, 4},
	}
	report := benchReport{Iterations: iterations, Certificates: 1, Checked: 1}
	start := processorTime()
	for i := 0; i < iterations; i++ {
		if err := mintOne(curve, ca, caKey); err != nil {
			return err
		}
	}
	report.Nanoseconds = float64((processorTime() - start).Nanoseconds()) / float64(iterations)
	return json.NewEncoder(os.Stdout).Encode(report)
}

func mintOne(curve elliptic.Curve, ca *x509.Certificate, caKey *ecdsa.PrivateKey) error {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"acme"}, OrganizationalUnit: []string{"worker"}, CommonName: "payments.a1b2c"},
		NotBefore:    time.Unix(1000000000, 0), NotAfter: time.Unix(1002592000, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, DNSNames: []string{"worker.acme.internal"},
	}
	_, err = x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	return err
}
