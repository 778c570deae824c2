//! The JSON reader: places, escapes, faults, limits, and agreement with another reader about damaged texts.

use mtlsmith_testkit::Rng;

use super::*;

fn text(json: &str) -> String {
    match read(json.as_bytes()).unwrap().kind {
        Kind::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn refused(json: impl AsRef<[u8]>) -> String {
    let fault = read(json.as_ref()).unwrap_err();
    format!("{}:{} {}", fault.line, fault.column, fault.problem)
}

#[test]
fn places_are_those_of_keys_and_values() {
    let Kind::Object(members) = read(b"{\n \"a\": 1,\n \"a\" :\n [null]}").unwrap().kind else { panic!() };
    let places: Vec<_> = members.iter().map(|member| (member.place, member.value.place)).collect();
    assert_eq!(members[0].key, members[1].key, "keys that stand twice are kept");
    let at = |offset, line| Place { offset, line };
    assert_eq!(places, [(at(3, 2), at(8, 2)), (at(12, 3), at(19, 4))]);
}

#[test]
fn escapes_and_surrogate_pairs_become_characters() {
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\tA""#), "a\"\\/\u{8}\u{c}\n\r\tA");
    assert_eq!(text(r#""\u00fc\uD83D\uDE00ü""#), "ü😀ü");
    assert_eq!(refused(r#""\ud83d""#), "1:2 half a surrogate pair");
    assert_eq!(refused(r#""\ud83d\u0041""#), "1:2 half a surrogate pair");
    assert_eq!(refused(r#""\udc00""#), "1:2 half a surrogate pair");
    assert_eq!(refused(r#""\u00g0""#), "1:2 an escape that JSON does not have");
    assert_eq!(refused(r#""\x""#), "1:2 an escape that JSON does not have");
}

#[test]
fn faults_are_told_with_line_and_column_in_characters() {
    assert_eq!(refused("{\"ü\":\n  \"ü\" x}"), "2:7 neither a comma nor the end of the object");
    assert_eq!(refused("[1,]"), "1:4 a character that begins no value");
    assert_eq!(refused("{\"a\":1,}"), "1:8 no key in double quotes where one should stand");
    assert_eq!(refused("{'a':1}"), "1:2 no key in double quotes where one should stand");
    assert_eq!(refused("[] []"), "1:4 more text behind the end of the value");
    assert_eq!(refused("\u{feff}{}"), "1:1 a byte order mark before the text");
    assert_eq!(refused(b"[\"a\n\"]"), "1:4 a control character within a string");
    assert_eq!(refused(b"[\n\"\xff\"]"), "2:2 a byte that is not UTF-8");
    assert_eq!(refused(""), "1:1 the text ends where a value should stand");
    assert_eq!(refused("01"), "1:2 a number with a leading zero");
    assert_eq!(refused("// x"), "1:1 a character that begins no value");
}

#[test]
fn both_sides_of_every_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(nested(DEPTH_LIMIT).as_bytes()).is_ok());
    assert!(refused(nested(DEPTH_LIMIT + 1)).ends_with("32 levels of arrays and objects"));
    let sized = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
    assert!(read(sized(SIZE_LIMIT).as_bytes()).is_ok());
    assert!(refused(sized(SIZE_LIMIT + 1)).ends_with("larger than 1 MiB"));
    let many = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
    assert!(read(many(VALUE_LIMIT).as_bytes()).is_ok());
    assert!(refused(many(VALUE_LIMIT + 1)).contains("more values"));
}

#[test]
fn the_reader_agrees_with_another_one_about_damaged_texts() {
    let seed = r#"{"filters":[{"commonName":"a*","x":[-1.5e3,true,null,"\u00fc\n"]},{}]}"#;
    let mut rng = Rng::new(41);
    let mut accepted = 0;
    for _ in 0..40_000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len());
            match rng.below(3) {
                0 => bytes[at] = *rng.pick(b"{}[]\":,0-.e\\untrfx \n\t"),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, *rng.pick(b"{}[]\":,0-.e\\un 1")),
            }
        }
        let theirs = serde_json::from_slice::<serde_json::Value>(&bytes);
        let out_of_range = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        accepted += usize::from(theirs.is_ok());
        assert!(
            out_of_range || read(&bytes).is_ok() == theirs.is_ok(),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
    assert!(accepted > 2_000, "{accepted}");
}

#[test]
fn the_halves_of_a_pair_are_of_their_ranges() {
    assert_eq!(text(r#""\ud800\udc00""#), "\u{10000}");
    assert_eq!(text(r#""\udbff\udfff""#), "\u{10ffff}");
    for lone in [r#""\ud800\udbff""#, r#""\ud800\ue000""#, r#""\udc00\ud800""#, r#""\ud800A""#] {
        assert!(refused(lone).ends_with("half a surrogate pair"), "{lone}");
    }
}

#[test]
fn objects_are_as_deep_as_arrays() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let deepest = |open: &str, close: &str| {
        (1..2_000).take_while(|depth| read(nested(open, close, *depth).as_bytes()).is_ok()).count()
    };
    let arrays = deepest("[", "]");
    assert!(arrays < 1_999);
    assert_eq!(deepest(r#"{"a":"#, "}"), arrays);
}
