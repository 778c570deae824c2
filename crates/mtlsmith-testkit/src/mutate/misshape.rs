//! Encodings with one element too many or of another kind, each length right all the same.

use crate::der;

/// Every encoding that differs from an element of DER in one place: an element stands twice, a NULL or an INTEGER
/// follows the last one of a constructed element, an element has the tag of an OCTET STRING or of an IA5String, or a
/// BIT STRING does not fill its last byte. What BIT STRINGs and OCTET STRINGs hold is changed too, where it is DER.
///
/// ```
/// use mtlsmith_testkit::{der, mutate};
///
/// let changed = mutate::misshapen(&der::sequence(&[&der::boolean(true)]));
/// assert!(changed.contains(&der::sequence(&[&der::boolean(true), &der::boolean(true)])));
/// assert!(changed.contains(&der::sequence(&[&der::boolean(true), &der::null()])));
/// ```
pub fn misshapen(element: &[u8]) -> Vec<Vec<u8>> {
    let elements = elements(element).expect("one element of DER");
    let [(tag, content)] = elements.as_slice() else { panic!("not one element of DER") };
    variants(*tag, content)
}

fn variants(tag: u8, content: &[u8]) -> Vec<Vec<u8>> {
    let other_tags = [OCTET_STRING, IA5_STRING].into_iter().filter(|other| *other != tag);
    let mut changed: Vec<Vec<u8>> = other_tags.map(|other| der::tagged(other, content)).collect();
    if let (BIT_STRING, [0, bits @ ..]) = (tag, content)
        && bits.last().is_some_and(|last| last & 1 == 0)
    {
        changed.push(der::tagged(tag, &[&[1], bits].concat()));
    }
    let (head, inner) = content.split_at(usize::from(tag == BIT_STRING && !content.is_empty()));
    if tag & CONSTRUCTED == 0 && ![BIT_STRING, OCTET_STRING].contains(&tag) {
        return changed;
    }
    let Some(children) = elements(inner) else { return changed };
    let whole: Vec<Vec<u8>> = children.iter().map(|(tag, content)| der::tagged(*tag, content)).collect();
    let with = |before: &[Vec<u8>], middle: &[u8], behind: &[Vec<u8>]| {
        der::tagged(tag, &[head, &before.concat(), middle, &behind.concat()].concat())
    };
    for (place, (child, content)) in children.iter().enumerate() {
        changed.push(with(&whole[..=place], &whole[place], &whole[place + 1..]));
        let deeper = variants(*child, content);
        changed.extend(deeper.iter().map(|other| with(&whole[..place], other, &whole[place + 1..])));
    }
    for extra in [der::null(), der::integer(1)] {
        changed.push(with(&whole, &extra, &[]));
    }
    changed
}

/// The elements that these bytes consist of; `None` when they are no DER.
fn elements(mut input: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    while !input.is_empty() {
        let (&tag, rest) = input.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let digits = if first & 0x80 == 0 { 0 } else { usize::from(first & 0x7f) };
        if tag & 0x1f == 0x1f || digits > 3 {
            return None;
        }
        let (long, rest) = rest.split_at_checked(digits)?;
        let length = match digits {
            0 => usize::from(first),
            _ => long.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        let (content, behind) = rest.split_at_checked(length)?;
        found.push((tag, content));
        input = behind;
    }
    Some(found)
}

const CONSTRUCTED: u8 = 0x20;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const IA5_STRING: u8 = 0x16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_changed_in_each_way() {
        let wrapped = der::octet_string(&der::integer(5));
        let changed = misshapen(&der::sequence(&[&wrapped, &der::bit_string(&[2])]));
        let expected = [
            der::sequence(&[&der::octet_string(&der::octet_string(&[5])), &der::bit_string(&[2])]),
            der::sequence(&[
                &der::octet_string(&[der::integer(5), der::null()].concat()),
                &der::bit_string(&[2]),
            ]),
            der::sequence(&[&wrapped, &[3, 2, 1, 2]]),
            der::sequence(&[&wrapped, &der::bit_string(&[2]), &der::bit_string(&[2])]),
        ];
        assert!(expected.iter().all(|one| changed.contains(one)), "{changed:02x?}");
    }
}
