//! Whether to colour: what the user asks for, then the conventions, then whether a person is reading.

use std::ffi::OsString;

use clap::ValueEnum;

use crate::environment::Environment;

/// What `--color` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR, CLICOLOR=0 or TERM=dumb is set; CLICOLOR_FORCE colours everywhere.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Should standard output be coloured, or standard error when `talk` is meant?
pub(crate) fn is_on(choice: ColorChoice, environment: &Environment<'_>, talk: bool) -> bool {
    let terminal = if talk { environment.talk_is_terminal } else { environment.output_is_terminal };
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let is = |name, value: &str| environment.set_variable(name).is_some_and(|set| set == value);
            if environment.set_variable("NO_COLOR").is_some() {
                false
            } else if environment.set_variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
                true
            } else {
                terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb")
            }
        }
    }
}

/// The choice on a command line that could not be parsed.
pub(crate) fn choice_among(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = if word == "--color" { words.next() } else { word.strip_prefix("--color=") };
        if let Some(choice) = value.and_then(|value| ColorChoice::from_str(value, true).ok()) {
            return choice;
        }
    }
    ColorChoice::Auto
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(output_is_terminal: bool, variable: fn(&str) -> Option<OsString>) -> Environment<'static> {
        Environment { output_is_terminal, talk_is_terminal: false, variable, ..Environment::of_process() }
    }

    #[test]
    fn a_terminal_is_coloured_and_a_pipe_is_not() {
        assert!(is_on(ColorChoice::Auto, &environment(true, |_| None), false));
        assert!(!is_on(ColorChoice::Auto, &environment(false, |_| None), false));
        assert!(!is_on(ColorChoice::Auto, &environment(true, |_| None), true));
    }

    #[test]
    fn the_conventions_are_heard() {
        type Variable = fn(&str) -> Option<OsString>;
        let variables: [(&str, Variable); 3] = [
            ("NO_COLOR", |name| (name == "NO_COLOR").then(|| "1".into())),
            ("CLICOLOR", |name| (name == "CLICOLOR").then(|| "0".into())),
            ("TERM", |name| (name == "TERM").then(|| "dumb".into())),
        ];
        for (name, variable) in variables {
            assert!(!is_on(ColorChoice::Auto, &environment(true, variable), false), "{name}");
            assert!(is_on(ColorChoice::Always, &environment(true, variable), false), "{name}");
        }
        let forced = environment(false, |name| (name == "CLICOLOR_FORCE").then(|| "1".into()));
        assert!(is_on(ColorChoice::Auto, &forced, false));
        let both = environment(true, |name| (name != "TERM").then(|| "1".into()));
        assert!(!is_on(ColorChoice::Auto, &both, false), "NO_COLOR goes before CLICOLOR_FORCE");
    }

    #[test]
    fn an_empty_no_color_says_nothing() {
        assert!(is_on(ColorChoice::Auto, &environment(true, |_| Some(OsString::new())), false));
    }

    #[test]
    fn the_choice_is_found_on_any_command_line() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(choice_among(&words("mtlsmith --bad --color always")), ColorChoice::Always);
        assert_eq!(choice_among(&words("mtlsmith --color=never x")), ColorChoice::Never);
        assert_eq!(choice_among(&words("mtlsmith --color=pink")), ColorChoice::Auto);
    }
}
