//! Any bytes: every block lies within the text, in order.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let scan = mtlsmith_validate::pem::scan(text);
    let mut covered = 0;
    for block in &scan.blocks {
        assert!(covered <= block.bytes.start && block.bytes.end <= text.len() && block.lines.first <= block.lines.last);
        covered = block.bytes.end;
    }
});
