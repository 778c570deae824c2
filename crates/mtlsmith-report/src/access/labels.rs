//! What stands before a row of the matrix: file and subject, cut where they are alike and not where they differ.

use super::AccessClient;
use crate::defuse;
use crate::text::layout::pad;

/// The labels of these clients in so many columns at most, all of one width. Where one of them is cut, or two are the same, the start
/// of the fingerprint stands behind each.
pub(super) fn labels(clients: &[&AccessClient], room: usize) -> Vec<String> {
    let files: Vec<String> = clients.iter().map(|client| defuse::for_terminal(&client.file)).collect();
    let subjects: Vec<String> = clients.iter().map(|client| defuse::for_terminal(&client.subject)).collect();
    let whole = joined(&[files.clone(), subjects.clone()]);
    let mut known: Vec<&String> = whole.iter().collect();
    known.sort();
    known.dedup();
    if widest(&whole) <= room && known.len() == whole.len() {
        return whole;
    }
    let prints: Vec<String> =
        clients.iter().map(|client| client.sha256.chars().take(FINGERPRINT_DIGITS).collect()).collect();
    let room = room.saturating_sub(FINGERPRINT_DIGITS + GAP);
    let half = room.saturating_sub(GAP) / 2;
    let of_files = widest(&files).min(half.max(room.saturating_sub(widest(&subjects) + GAP)));
    let of_subjects = room.saturating_sub(of_files + GAP);
    let mut columns = vec![cut(&files, of_files)];
    if of_subjects >= SUBJECT_AT_LEAST {
        columns.push(cut(&subjects, of_subjects));
    }
    columns.push(prints);
    joined(&columns)
}

/// Columns beside each other, each padded to its widest.
fn joined(columns: &[Vec<String>]) -> Vec<String> {
    let rows = columns.first().map_or(0, Vec::len);
    let widths: Vec<usize> = columns.iter().map(|column| widest(column)).collect();
    let row = |index: usize| {
        let cells =
            columns.iter().zip(&widths).filter_map(|(column, width)| Some(pad(column.get(index)?, *width)));
        cells.collect::<Vec<_>>().join(&" ".repeat(GAP))
    };
    (0..rows).map(row).collect()
}

/// The texts in so many columns: where they differ they stay whole, and what they have in common at their start and end is cut; where
/// that does not fit the middle goes.
fn cut(texts: &[String], room: usize) -> Vec<String> {
    let (start, end) = (common(texts, false), common(texts, true));
    texts.iter().map(|text| cut_one(text, start, end, room)).collect()
}

fn cut_one(text: &str, start: usize, end: usize, room: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if defuse::width(text) <= room {
        return text.to_owned();
    }
    // What differs is kept whole where it fits with two ellipses; wide letters are seen to at the end.
    let differs = letters.len().saturating_sub(start + end);
    let spare = room.saturating_sub(differs + 2);
    let fits = differs + 2 <= room && start + end <= letters.len();
    let (head, middle, tail) = match fits {
        true => (start.min(spare.div_ceil(2)), differs, end.min(spare / 2)),
        false => (room / 2, 0, room.saturating_sub(room / 2 + 1)),
    };
    let middle: String = letters.iter().skip(start).take(middle).collect();
    let mut kept: String = letters.iter().take(head).collect();
    if middle.is_empty() || head < start {
        kept.push('…');
    }
    kept.push_str(&middle);
    if !middle.is_empty() && tail < end {
        kept.push('…');
    }
    kept.extend(letters.iter().skip(letters.len().saturating_sub(tail)));
    defuse::fit(&kept, room)
}

/// How many letters the texts have in common at their start or end.
fn common(texts: &[String], from_end: bool) -> usize {
    let letters = |text: &String| -> Vec<char> {
        if from_end { text.chars().rev().collect() } else { text.chars().collect() }
    };
    let Some((first, others)) = texts.split_first() else { return 0 };
    let first = letters(first);
    let alike =
        |other: &String| letters(other).iter().zip(&first).take_while(|(one, other)| one == other).count();
    others.iter().map(alike).min().unwrap_or(first.len())
}

fn widest(texts: &[String]) -> usize {
    texts.iter().map(|text| defuse::width(text)).max().unwrap_or(0)
}

const GAP: usize = 2;

/// Digits of the fingerprint.
const FINGERPRINT_DIGITS: usize = 8;

/// A subject in less tells nothing.
const SUBJECT_AT_LEAST: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::testing::fingerprint;
    use super::*;

    fn client(file: &str, subject: &str) -> AccessClient {
        let sha256 = fingerprint(file);
        AccessClient {
            file: file.to_owned(),
            subject: subject.to_owned(),
            sha256,
            row: Vec::new(),
            refusal: None,
        }
    }

    fn of(clients: &[AccessClient], room: usize) -> Vec<String> {
        labels(&clients.iter().collect::<Vec<_>>(), room)
    }

    #[test]
    fn short_labels_stay_whole() {
        let clients = [client("a.pem", "CN=a"), client("other.pem", "CN=b")];
        assert_eq!(of(&clients, 40), ["a.pem      CN=a", "other.pem  CN=b"]);
    }

    #[test]
    fn what_differs_is_kept_and_the_fingerprint_tells_the_rest_apart() {
        let name = |number: usize| format!("namespaces/production/eu-west-1/clients/worker-{number:04}.pem");
        let subject = |number: usize| {
            format!("CN=worker-{number:04}.orders.production.acme.internal,OU=payments,O=Acme Corp")
        };
        let clients: Vec<AccessClient> =
            (0..30).map(|number| client(&name(number), &subject(number))).collect();
        for room in [24, 40, 60, 90] {
            let labels = of(&clients, room);
            let mut known = labels.clone();
            known.sort();
            known.dedup();
            assert_eq!(known.len(), 30, "{labels:#?}");
            for (number, label) in labels.iter().enumerate() {
                assert!(defuse::width(label) <= room, "{label}");
                assert!(label.contains(&format!("{:02}", number)), "{label}");
            }
        }
    }

    #[test]
    fn twins_are_told_apart_by_their_fingerprints() {
        let mut twins = [client("a.pem", "CN=a"), client("a.pem", "CN=a")];
        twins[1].sha256 = fingerprint("another");
        let labels = of(&twins, 60);
        assert_ne!(labels[0], labels[1]);
        assert!(labels[0].ends_with(&twins[0].sha256[..8]), "{labels:?}");
    }

    #[test]
    fn letters_that_take_two_columns_keep_to_the_room() {
        let clients =
            [client("株式会社株式会社株式会社.pem", "CN=株式会社株式会社株式会社"), client("b.pem", "CN=b")];
        assert!(of(&clients, 30).iter().all(|label| defuse::width(label) <= 30));
    }
}
