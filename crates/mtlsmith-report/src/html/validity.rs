//! The validity of every certificate of a bundle on one axis of time.

use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::certificates::short_name;
use super::time_line::Bar;
use super::time_line::Row;
use super::time_line::TimeLine;

/// The picture of all validities of a bundle.
pub(super) fn write(page: &mut String, report: &Report) {
    let rows = report.bundle.members.iter().map(|member| row(report, member)).collect();
    let (label, end_label) = ("Validity of each certificate", "chain ends");
    TimeLine { label, end_label, now: report.now, now_label: "judged for ", rows }.write(page);
    page.push_str(
        "<p class=\"legend\">A bar runs from not-before to not-after. It is pale where the certificate is valid, but no chain above it \
         is any more: its chain ends at the mark.</p>\n",
    );
}

fn row(report: &Report, member: &Member) -> Row {
    let mut row = Row {
        number: Some(member.number()),
        name: "cannot be read".to_owned(),
        title: String::new(),
        bars: Vec::new(),
        mark: None,
        end: None,
    };
    let Some(certificate) = member.certificate() else { return row };
    let works = report.graph.node(member.index).and_then(|node| node.effective_expiry);
    row.name = short_name(certificate);
    row.title = format!("{} to {}", certificate.not_before().date(), certificate.not_after().date());
    row.end = Some(match works {
        Some(time) => (time.date(), time <= report.now),
        None => ("never".to_owned(), true),
    });
    draw(&mut row, certificate, works, report.now);
    row
}

/// The stretch in which the certificate works, and the pale one in which it is merely valid.
fn draw(row: &mut Row, certificate: &Certificate, works: Option<Timestamp>, now: Timestamp) {
    let (start, end) = (certificate.not_before(), certificate.not_after());
    let works = works.unwrap_or(start).clamp(start.min(end), end);
    if works < end {
        row.bars.push(Bar { class: "pale", from: start, to: end });
    }
    if works > start {
        // Its colour is that of the certificate, not of its chain: that one's end is marked.
        row.bars.push(Bar { to: works, ..Bar::working(start, end, now) });
    }
    row.mark = Some(works).filter(|works| *works < end && *works > start);
}
