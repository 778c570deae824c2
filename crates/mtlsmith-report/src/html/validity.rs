//! The validity of every certificate on one axis of time.

use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::axis::Axis;
use super::certificates::short_name;
use super::escape::escape;
use super::escape::escape_to_fit;
use super::layout::whole;

const WIDTH: i64 = 1072;
const LEFT: i64 = 262;
const CHART: i64 = 700;
const TOP: i64 = 26;
const ROW: i64 = 24;
const BOTTOM: i64 = 22;

/// The picture of all validities of a bundle.
pub(super) fn write(page: &mut String, report: &Report) {
    let dates: Vec<Timestamp> = report
        .bundle
        .certificates()
        .flat_map(|certificate| [certificate.not_before(), certificate.not_after()])
        .collect();
    let axis = Axis::over(&dates, report.now, LEFT, CHART);
    let floor = TOP + whole(report.bundle.members.len()) * ROW;
    page.push_str(&format!(
        "<div class=\"wide\">\n<svg class=\"validity\" role=\"img\" aria-label=\"Validity of each certificate\" width=\"{WIDTH}\" \
         height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n",
        height = floor + BOTTOM,
    ));
    for tick in axis.ticks() {
        let x = tick.x;
        page.push_str(&format!(
            "<path class=\"grid\" d=\"M{x} {TOP}V{floor}\"/><text class=\"tick\" x=\"{x}\" y=\"16\">{}</text>\n",
            tick.label,
        ));
    }
    page.push_str(&format!("<text class=\"date\" x=\"{WIDTH}\" y=\"16\">chain ends</text>\n"));
    for (member, row) in report.bundle.members.iter().zip(0..) {
        line(page, report, &axis, member, TOP + row * ROW);
    }
    let now = axis.x(report.now);
    page.push_str(&format!(
        "<path class=\"now\" d=\"M{now} {TOP}V{}\"/><text class=\"now\" x=\"{now}\" y=\"{}\">judged for {}</text>\n</svg>\n</div>\n",
        floor + 4,
        floor + 17,
        report.now.date(),
    ));
    page.push_str(
        "<p class=\"legend\">A bar runs from not-before to not-after. It is pale where the certificate is valid, but no chain above it \
         is any more: its chain ends at the mark.</p>\n",
    );
}

fn line(page: &mut String, report: &Report, axis: &Axis, member: &Member, y: i64) {
    let number = member.number();
    let base = y + 16;
    let name = member.certificate().map_or("cannot be read".to_owned(), short_name);
    page.push_str(&format!(
        "<g><text class=\"number\" x=\"18\" y=\"{base}\">{number}</text><text class=\"name\" x=\"28\" y=\"{base}\">{}</text>",
        escape_to_fit(&name, LEFT - 48, 12),
    ));
    if let Some(certificate) = member.certificate() {
        let works = report.graph.node(member.index).and_then(|node| node.effective_expiry);
        bars(page, axis, certificate, works, report.now, y);
        let (text, class) = match works {
            Some(time) if time > report.now => (time.date(), "date"),
            Some(time) => (time.date(), "date bad"),
            None => ("never".to_owned(), "date bad"),
        };
        page.push_str(&format!("<text class=\"{class}\" x=\"{WIDTH}\" y=\"{base}\">{text}</text>"));
    }
    page.push_str("</g>\n");
}

/// The stretch in which the certificate works, and the pale one in which it is merely valid.
fn bars(
    page: &mut String,
    axis: &Axis,
    certificate: &Certificate,
    works: Option<Timestamp>,
    now: Timestamp,
    y: i64,
) {
    let (start, end) = (certificate.not_before(), certificate.not_after());
    let title = format!("{} to {}", start.date(), end.date());
    page.push_str(&format!("<title>{}</title>", escape(&title)));
    let works = works.unwrap_or(start).clamp(start.min(end), end);
    let state = if end <= now {
        "over"
    } else if start > now {
        "future"
    } else {
        "valid"
    };
    let top = y + 7;
    let mut bar = |class: &str, from: Timestamp, to: Timestamp| {
        let (left, right) = (axis.x(from), axis.x(to));
        let width = (right - left).max(2);
        page.push_str(&format!(
            "<rect class=\"bar {class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"10\" rx=\"2\"/>"
        ));
    };
    if works < end {
        bar("pale", start, end);
    }
    if works > start {
        bar(state, start, works);
    }
    if works < end && works > start && !axis.is_before(works) && !axis.is_behind(works) {
        let x = axis.x(works);
        page.push_str(&format!("<path class=\"mark\" d=\"M{x} {}V{}\"/>", y + 3, y + 21));
    }
    let middle = y + 12;
    if axis.is_before(start) {
        page.push_str(&format!("<path class=\"more\" d=\"M{} {middle}l6 -4v8z\"/>", axis.x(start) - 8));
    }
    if axis.is_behind(end) {
        page.push_str(&format!("<path class=\"more\" d=\"M{} {middle}l-6 -4v8z\"/>", axis.x(end) + 8));
    }
}
