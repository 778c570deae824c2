//! The chains as a picture: a box for each certificate, an arrow from issuer to issued.

use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::graph::Link;
use mtlsmith_validate::rule::Severity;

use super::certificates::role;
use super::certificates::short_name;
use super::certificates::worst;
use super::escape::escape;
use super::escape::escape_to_fit;
use super::layout::BOX_HEIGHT;
use super::layout::BOX_WIDTH;
use super::layout::Layout;
use super::layout::Place;
use crate::limits::cut;

/// The picture of all chains of a bundle.
pub(super) fn write(page: &mut String, report: &Report) {
    let layout = Layout::of(&report.graph);
    let (width, height) = (layout.width + 2, layout.height + 2);
    page.push_str(&format!(
        "<div class=\"wide\">\n<svg class=\"chains\" role=\"img\" aria-label=\"Certificates and their issuers\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"-1 -1 {width} {height}\">\n"
    ));
    for (issuer, issued) in &layout.edges {
        if let (Some(from), Some(to)) = (layout.places.get(*issuer), layout.places.get(*issued)) {
            let link = report.graph.node(*issued).map(|node| &node.link);
            arrow(page, *from, *to, matches!(link, Some(Link::Unchecked(_))));
        }
    }
    for frame in &layout.frames {
        let Place { x, y } = frame.place;
        page.push_str(&format!(
            "<rect class=\"frame\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
            frame.width, frame.height,
        ));
        if let Some(from) = layout.places.get(frame.issuer) {
            arrow(page, *from, Place { x, y: from.y }, false);
        }
    }
    for (member, place) in report.bundle.members.iter().zip(&layout.places) {
        certificate(page, report, member, *place);
    }
    page.push_str("</svg>\n</div>\n");
    legend(page);
}

/// Dashed when nobody could check the signature.
fn arrow(page: &mut String, from: Place, to: Place, is_unchecked: bool) {
    let (x1, y1) = (from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2);
    let (x2, y2) = (to.x - 1, to.y + BOX_HEIGHT / 2);
    let bend = if x2 > x1 { (x2 - x1) / 2 } else { 40 };
    let class = if is_unchecked { "arrow unchecked" } else { "arrow" };
    let (tip, back) = (x2 - 7, x2 - bend);
    page.push_str(&format!(
        "<path class=\"{class}\" d=\"M{x1} {y1}C{} {y1} {back} {y2} {tip} {y2}\"/><path class=\"head\" d=\"M{x2} {y2}l-8 -4v8z\"/>\n",
        x1 + bend,
    ));
}

fn certificate(page: &mut String, report: &Report, member: &Member, place: Place) {
    let node = report.graph.node(member.index);
    let severity = worst(report, member.index).map_or("fine", Severity::as_str);
    let Place { x, y } = place;
    let (name, full, key) = match member.certificate() {
        Some(certificate) => (
            short_name(certificate),
            cut(&certificate.subject().to_string()).into_owned(),
            certificate.key().to_string(),
        ),
        None => ("cannot be read".to_owned(), String::new(), String::new()),
    };
    let number = member.number();
    let separator = if key.is_empty() { "" } else { ", " };
    let part = format!("{number}: {}{separator}{key}", role(node));
    let (end, class) = end(report, member);
    page.push_str(&format!(
        "<g class=\"certificate {severity}\"><title>{number}: {}</title>\
         <rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"6\"/>\
         <rect class=\"stripe\" x=\"{x}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>\
         <text class=\"name\" x=\"{tx}\" y=\"{}\">{}</text>\
         <text class=\"part\" x=\"{tx}\" y=\"{}\">{}</text><text class=\"{class}\" x=\"{tx}\" y=\"{}\">{}</text></g>\n",
        escape(&full),
        y + 8,
        BOX_HEIGHT - 16,
        y + 21,
        escape_to_fit(&name, BOX_WIDTH - 24, 13),
        y + 39,
        escape_to_fit(&part, BOX_WIDTH - 24, 12),
        y + 56,
        escape_to_fit(&end, BOX_WIDTH - 24, 12),
        tx = x + 14,
    ));
}

/// Until when the certificate works, and whether that is good.
fn end(report: &Report, member: &Member) -> (String, &'static str) {
    let Some(node) = report.graph.node(member.index) else { return (String::new(), "part") };
    let Some(certificate) = member.certificate() else { return (String::new(), "part") };
    if let Some(earlier) = node.duplicate_of {
        return (format!("the same as certificate {}", earlier + 1), "part");
    }
    match (node.effective_expiry, &node.link) {
        (None, Link::Missing) => ("its issuer is not in the file".to_owned(), "bad"),
        (None, Link::WrongKey(_)) => ("signed by another key".to_owned(), "bad"),
        (None, Link::NotReached) => ("not checked".to_owned(), "bad"),
        (None, _) => ("no chain to a root".to_owned(), "bad"),
        (Some(time), _) if certificate.not_after() <= report.now => {
            (format!("expired {}", time.date()), "bad")
        }
        (Some(time), _) if time <= report.now => (format!("its issuer expired {}", time.date()), "bad"),
        (Some(_), _) if certificate.not_before() > report.now => {
            (format!("valid from {}", certificate.not_before().date()), "bad")
        }
        (Some(time), _) if time < certificate.not_after() => {
            (format!("its issuer ends {}", time.date()), "part")
        }
        (Some(time), _) => (format!("chain ends {}", time.date()), "part"),
    }
}

fn legend(page: &mut String) {
    page.push_str(
        "<p class=\"legend\">An arrow runs from issuer to issued; a dashed one could not be checked.",
    );
    for (class, meaning) in
        [("error", "error"), ("warning", "warning"), ("notice", "notice"), ("fine", "no finding")]
    {
        page.push_str(&format!(" <span class=\"key {class}\">{meaning}</span>"));
    }
    page.push_str("</p>\n");
}
