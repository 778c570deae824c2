//! The Markdown of rule documentation as HTML: paragraphs, lists and `code`, which is all that it uses.

use super::escape::escape;

/// Paragraphs and lists.
pub(super) fn prose(markdown: &str) -> String {
    let mut html = String::new();
    for block in markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if block.starts_with("- ") {
            list(&mut html, block);
        } else {
            html.push_str(&format!("<p>{}</p>\n", line(block)));
        }
    }
    html
}

fn list(html: &mut String, block: &str) {
    html.push_str("<ul>\n");
    for item in format!("\n{block}").split("\n- ").skip(1) {
        html.push_str(&format!("<li>{}</li>\n", line(item)));
    }
    html.push_str("</ul>\n");
}

/// One paragraph: what stands between backticks is code.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let parts: Vec<&str> = text.split('`').collect();
    let mut html = String::new();
    for (place, part) in parts.iter().enumerate() {
        // An odd number of backticks leaves the last one without a partner: then it is no code.
        if place % 2 == 1 && place + 1 < parts.len() {
            html.push_str(&format!("<code>{}</code>", escape(part)));
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_and_code_are_kept() {
        assert_eq!(
            prose("a `b<c`\nd\n\n- one\n  more\n- `two`\n"),
            "<p>a <code>b&lt;c</code> d</p>\n<ul>\n<li>one more</li>\n<li><code>two</code></li>\n</ul>\n"
        );
        assert_eq!(line("5` wide"), "5 wide");
    }
}
