//! Argument vectors written so that they can be pasted into a POSIX shell.

/// The command as one line. Arguments that a shell would take apart or expand are quoted.
///
/// ```
/// use mtlsmith_ca::publish::quoted_command;
///
/// assert_eq!(quoted_command(["tcld", "--file", "it's here.pem"]), r"tcld --file 'it'\''s here.pem'");
/// ```
pub fn quoted_command<Argument: AsRef<str>>(arguments: impl IntoIterator<Item = Argument>) -> String {
    let quoted: Vec<String> = arguments.into_iter().map(|argument| quoted(argument.as_ref())).collect();
    quoted.join(" ")
}

fn quoted(argument: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&byte);
    // A leading `=` or a tilde means something to some shells.
    if !argument.is_empty() && argument.bytes().all(plain) && !argument.starts_with('=') {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_plain_and_all_else_is_quoted() {
        for (argument, written) in [
            ("tcld", "tcld"),
            ("--file=/a/b_c-d.pem", "--file=/a/b_c-d.pem"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm -rf /)", "'$(rm -rf /)'"),
            ("it's", r"'it'\''s'"),
            ("~/x", "'~/x'"),
            ("=x", "'=x'"),
            ("a\nb", "'a\nb'"),
            ("*", "'*'"),
        ] {
            assert_eq!(quoted(argument), written);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_back_exactly_what_was_quoted() {
        let arguments = ["printf", "%s|", "a b", "it's", "$HOME `id` \\ \"x\" ; & | < > ! #", "*", "", "ü\n"];
        let output =
            std::process::Command::new("sh").args(["-c", &quoted_command(arguments)]).output().unwrap();
        let expected: String = arguments[2..].iter().map(|argument| format!("{argument}|")).collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}
