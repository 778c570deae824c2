//! A time line: a row for each certificate, a bar for each stretch of its life, one axis of time below all.

use mtlsmith_validate::time::Timestamp;

use super::axis::Axis;
use super::escape::escape;
use super::escape::escape_to_fit;
use super::layout::whole;

/// The picture: what it is called for those who hear it read out, what stands above the last column, and what stands below today.
pub(super) struct TimeLine<'a> {
    pub(super) label: &'a str,
    pub(super) end_label: &'a str,
    pub(super) now: Timestamp,
    pub(super) now_label: &'a str,
    pub(super) rows: Vec<Row>,
}

/// One certificate.
pub(super) struct Row {
    pub(super) number: Option<usize>,
    pub(super) name: String,
    /// What a pointer over the row shows; empty for nothing.
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    /// A moment within the bars that is marked.
    pub(super) mark: Option<Timestamp>,
    /// The last column, and whether that is bad news.
    pub(super) end: Option<(String, bool)>,
}

/// A stretch, with its class in the style sheet. Later bars lie on top.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Bar {
    /// The stretch in which something works, in the colour of today's view of it.
    pub(super) fn working(from: Timestamp, to: Timestamp, now: Timestamp) -> Self {
        let class = if to <= now {
            "over"
        } else if from > now {
            "future"
        } else {
            "valid"
        };
        Bar { class, from, to }
    }
}

impl TimeLine<'_> {
    pub(super) fn write(&self, page: &mut String) {
        let bars = || self.rows.iter().flat_map(|row| &row.bars);
        let times: Vec<Timestamp> = bars().flat_map(|bar| [bar.from, bar.to]).collect();
        let axis = Axis::over(&times, self.now, LEFT, CHART);
        let floor = TOP + whole(self.rows.len()) * ROW;
        page.push_str(&format!(
            "<div class=\"wide\">\n<svg class=\"validity\" role=\"img\" aria-label=\"{}\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\">\n",
            self.label,
            height = floor + BOTTOM,
        ));
        for tick in axis.ticks() {
            let x = tick.x;
            page.push_str(&format!(
                "<path class=\"grid\" d=\"M{x} {TOP}V{floor}\"/><text class=\"tick\" x=\"{x}\" y=\"16\">{}</text>\n",
                tick.label,
            ));
        }
        page.push_str(&format!("<text class=\"date\" x=\"{WIDTH}\" y=\"16\">{}</text>\n", self.end_label));
        for (row, place) in self.rows.iter().zip(0..) {
            row.write(page, &axis, TOP + place * ROW);
        }
        let now = axis.x(self.now);
        page.push_str(&format!(
            "<path class=\"now\" d=\"M{now} {TOP}V{}\"/><text class=\"now\" x=\"{now}\" y=\"{}\">{}{}</text>\n</svg>\n</div>\n",
            floor + 4,
            floor + 17,
            self.now_label,
            self.now.date(),
        ));
    }
}

impl Row {
    fn write(&self, page: &mut String, axis: &Axis, y: i64) {
        let base = y + 16;
        page.push_str("<g>");
        if !self.title.is_empty() {
            page.push_str(&format!("<title>{}</title>", escape(&self.title)));
        }
        let mut indent = 0;
        if let Some(number) = self.number {
            page.push_str(&format!("<text class=\"number\" x=\"18\" y=\"{base}\">{number}</text>"));
            indent = 28;
        }
        let name = escape_to_fit(&self.name, LEFT - 20 - indent, 12);
        page.push_str(&format!("<text class=\"name\" x=\"{indent}\" y=\"{base}\">{name}</text>"));
        self.write_bars(page, axis, y);
        if let Some((text, is_bad)) = &self.end {
            let class = if *is_bad { "date bad" } else { "date" };
            page.push_str(&format!("<text class=\"{class}\" x=\"{WIDTH}\" y=\"{base}\">{text}</text>"));
        }
        page.push_str("</g>\n");
    }

    fn write_bars(&self, page: &mut String, axis: &Axis, y: i64) {
        for Bar { class, from, to } in &self.bars {
            let (left, right, top) = (axis.x(*from), axis.x(*to), y + 7);
            let width = (right - left).max(2);
            page.push_str(&format!(
                "<rect class=\"bar {class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"10\" rx=\"2\"/>"
            ));
        }
        if let Some(mark) = self.mark.filter(|mark| !axis.is_before(*mark) && !axis.is_behind(*mark)) {
            page.push_str(&format!("<path class=\"mark\" d=\"M{} {}V{}\"/>", axis.x(mark), y + 3, y + 21));
        }
        let middle = y + 12;
        let starts = self.bars.iter().map(|bar| bar.from).min();
        if let Some(start) = starts.filter(|start| axis.is_before(*start)) {
            page.push_str(&format!("<path class=\"more\" d=\"M{} {middle}l6 -4v8z\"/>", axis.x(start) - 8));
        }
        let ends = self.bars.iter().map(|bar| bar.to).max();
        if let Some(end) = ends.filter(|end| axis.is_behind(*end)) {
            page.push_str(&format!("<path class=\"more\" d=\"M{} {middle}l-6 -4v8z\"/>", axis.x(end) + 8));
        }
    }
}

const WIDTH: i64 = 1072;
const LEFT: i64 = 262;
const CHART: i64 = 700;
const TOP: i64 = 26;
const ROW: i64 = 24;
const BOTTOM: i64 = 22;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn drawn(row: Row) -> String {
        let mut page = String::new();
        let now = at("2026-11-23T16:00:00Z");
        TimeLine { label: "Validity", end_label: "until", now, now_label: "", rows: vec![row] }
            .write(&mut page);
        page
    }

    fn row(from: &str, to: &str) -> Row {
        let bar = Bar::working(at(from), at(to), at("2026-11-23T16:00:00Z"));
        let end = Some((bar.to.date(), false));
        Row {
            number: None,
            name: "CN=<b>".to_owned(),
            title: "<i>".to_owned(),
            bars: vec![bar],
            mark: None,
            end,
        }
    }

    #[test]
    fn the_colour_of_a_bar_tells_what_is_over_what_works_and_what_has_not_begun() {
        assert!(drawn(row("2025-01-01T00:00:00Z", "2026-11-23T16:00:00Z")).contains("bar over"));
        assert!(drawn(row("2025-01-01T00:00:00Z", "2026-11-23T16:00:01Z")).contains("bar valid"));
        assert!(drawn(row("2026-11-23T16:00:00Z", "2027-01-01T00:00:00Z")).contains("bar valid"));
        assert!(drawn(row("2026-11-23T16:00:01Z", "2027-01-01T00:00:00Z")).contains("bar future"));
    }

    #[test]
    fn bars_that_leave_the_picture_end_in_an_arrow() {
        assert!(drawn(row("2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z")).contains("class=\"more\""));
        assert!(!drawn(row("2026-01-01T00:00:00Z", "2027-12-31T23:59:59Z")).contains("class=\"more\""));
    }

    #[test]
    fn names_and_titles_bring_no_markup() {
        let picture = drawn(row("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"));
        assert!(!picture.contains("<b>") && !picture.contains("<i>"), "{picture}");
    }
}
