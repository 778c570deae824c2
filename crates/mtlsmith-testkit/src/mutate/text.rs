//! Damage to a PEM text, as editors, copy-and-paste, templates and mail programs do it.

use crate::key::Key;
use crate::pem;
use crate::random::Rng;

/// Damages a text in one way. The way and the place follow from the generator.
pub fn damage(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    let way = *rng.pick(&WAYS);
    way(rng, text)
}

type Way = fn(&mut Rng, &[u8]) -> Vec<u8>;

const WAYS: [Way; 24] = [
    crlf_everywhere,
    crlf_somewhere,
    lone_carriage_returns,
    byte_order_mark,
    indented,
    glued,
    line_dropped,
    line_doubled,
    character_flipped,
    byte_replaced,
    text_before,
    text_between,
    text_after,
    label_changed,
    begin_label_changed,
    header_added,
    private_key_added,
    blank_line_added,
    spaces_at_line_ends,
    cut_off,
    in_one_line,
    whole_in_base64,
    padding_removed,
    utf_16,
];

fn crlf_everywhere(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b"\n", b"\r\n")
}

fn crlf_somewhere(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    each_line(text, |line| {
        if rng.percent(50) {
            line.insert(line.len().saturating_sub(1), b'\r');
        }
    })
}

fn lone_carriage_returns(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b"\n", b"\r")
}

fn byte_order_mark(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    [b"\xef\xbb\xbf", text].concat()
}

fn indented(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    let (chance, blanks) = (*rng.pick(&[100, 30]), vec![*rng.pick(b" \t"); 1 + rng.below(8)]);
    each_line(text, |line| {
        if rng.percent(chance) {
            line.splice(0..0, blanks.iter().copied());
        }
    })
}

fn glued(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b"-----\n-----BEGIN", b"----------BEGIN")
}

fn line_dropped(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    at_some_line(rng, text, |lines, place| {
        lines.remove(place);
    })
}

fn line_doubled(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    at_some_line(rng, text, |lines, place| lines.insert(place, lines[place].clone()))
}

fn character_flipped(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    at_some_byte(rng, text, |_, byte| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte ^ 1 })
}

fn byte_replaced(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    at_some_byte(rng, text, |rng, _| rng.below(256) as u8)
}

fn text_before(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    [*rng.pick(&COMMENTS), text].concat()
}

fn text_between(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    let comment = *rng.pick(&COMMENTS);
    at_some_line(rng, text, |lines, place| lines.insert(place, comment.to_vec()))
}

fn text_after(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    [text, *rng.pick(&COMMENTS)].concat()
}

fn label_changed(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b" CERTIFICATE-----", &[b" ", *rng.pick(&LABELS), b"-----"].concat())
}

fn begin_label_changed(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b"BEGIN CERTIFICATE-----", &[b"BEGIN ", *rng.pick(&LABELS), b"-----"].concat())
}

fn header_added(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    let header = b"BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
    replace(text, b"BEGIN CERTIFICATE-----\n", header)
}

fn private_key_added(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    let key = Key::p256("in the bundle");
    let block = if rng.percent(50) { key.pkcs8_pem() } else { key.traditional_pem() };
    if rng.percent(50) { [text, block.as_bytes()].concat() } else { [block.as_bytes(), text].concat() }
}

fn blank_line_added(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    at_some_line(rng, text, |lines, place| lines.insert(place, b"\n".to_vec()))
}

fn spaces_at_line_ends(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b"\n", b" \t\n")
}

fn cut_off(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    text[..rng.below(text.len() + 1)].to_vec()
}

fn in_one_line(rng: &mut Rng, text: &[u8]) -> Vec<u8> {
    let separators: [&[u8]; 3] = [b" ", b"", b"\\n"];
    let separator = *rng.pick(&separators);
    replace(text, b"\n", separator)
}

fn whole_in_base64(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    pem::base64_line(text).into_bytes()
}

fn padding_removed(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    replace(text, b"=", b"")
}

fn utf_16(_: &mut Rng, text: &[u8]) -> Vec<u8> {
    let units = text.iter().flat_map(|byte| [*byte, 0]);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        if rest.starts_with(from) {
            out.extend_from_slice(to);
            rest = &rest[from.len()..];
        } else {
            out.push(*first);
            rest = &rest[1..];
        }
    }
    out
}

fn lines_of(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn each_line(text: &[u8], mut change: impl FnMut(&mut Vec<u8>)) -> Vec<u8> {
    let mut lines = lines_of(text);
    lines.iter_mut().for_each(&mut change);
    lines.concat()
}

fn at_some_line(rng: &mut Rng, text: &[u8], change: impl FnOnce(&mut Vec<Vec<u8>>, usize)) -> Vec<u8> {
    let mut lines = lines_of(text);
    if !lines.is_empty() {
        let place = rng.below(lines.len());
        change(&mut lines, place);
    }
    lines.concat()
}

fn at_some_byte(rng: &mut Rng, text: &[u8], change: impl FnOnce(&mut Rng, u8) -> u8) -> Vec<u8> {
    let mut out = text.to_vec();
    if !out.is_empty() {
        let place = rng.below(out.len());
        out[place] = change(rng, out[place]);
    }
    out
}

const COMMENTS: [&[u8]; 6] = [
    b"# our CAs\n",
    b"subject=O = acme, CN = root\nissuer=O = acme, CN = root\n",
    b"\n\n",
    b"\xff\xfe\x00binary\n",
    b"-----BEGIN CERTIFICATE-----\n",
    b"no newline at the end",
];

const LABELS: [&[u8]; 8] = [
    b"TRUSTED CERTIFICATE",
    b"X509 CERTIFICATE",
    b"CERTIFICATE REQUEST",
    b"PKCS7",
    b"PUBLIC KEY",
    b"certificate",
    b"CERTIFICATE ",
    b"",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_changes_a_bundle_of_two() {
        let text = pem::bundle(&[&crate::root("text one"), &crate::root("text two")]).into_bytes();
        for (place, way) in WAYS.iter().enumerate() {
            let changed = (0..20).any(|seed| way(&mut Rng::new(seed), &text) != text);
            assert!(changed, "way {place} changes nothing");
        }
    }

    #[test]
    fn no_way_fails_on_an_empty_text() {
        for way in WAYS {
            for seed in 0..20 {
                way(&mut Rng::new(seed), b"");
            }
        }
    }

    #[test]
    fn glued_blocks_share_a_line() {
        let text = pem::bundle(&[&crate::root("text one"), &crate::root("text two")]).into_bytes();
        let glued = String::from_utf8(glued(&mut Rng::new(0), &text)).expect("it stays ASCII");
        assert!(glued.contains("-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n"));
    }
}
