//! The Markdown of rule documentation as HTML: paragraphs, lists and `code`, which is all that it uses.

use super::escape::escape;
use crate::help::Repair;
use crate::help::parts;

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

/// A repair, its command as code whose options stay whole when the line is broken.
pub(super) fn repair(text: &str) -> String {
    let Repair { before, command: Some(command), behind } = Repair::of(text) else { return line(text) };
    let parts: Vec<String> =
        parts(command).iter().map(|part| format!("<span>{}</span>", escape(part))).collect();
    let behind = if behind.is_empty() { String::new() } else { format!(", {}", line(behind)) };
    format!("{} <code class=\"command\">{}</code>{behind}", line(before), parts.join(" "))
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

    #[test]
    fn the_options_of_a_command_are_kept_whole() {
        assert_eq!(
            repair("drop `it`: mtlsmith bundle remove FILE --number <3>, then <go>"),
            "drop <code>it</code>: <code class=\"command\"><span>mtlsmith bundle remove FILE</span> \
             <span>--number &lt;3&gt;</span></code>, then &lt;go&gt;"
        );
        assert_eq!(repair("delete the text"), "delete the text");
    }
}
