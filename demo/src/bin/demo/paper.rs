//! How the demo looks: headings, aligned tables, wrapped text, and colour only where a person watches.

#![expect(clippy::print_stdout, reason = "this program talks to a person")]

use std::{fmt::Display, io::IsTerminal};

/// The widest line.
const WIDTH: usize = 100;

#[derive(Clone, Copy)]
pub struct Paper {
    colour: bool,
}

/// How a table's column is set.
#[derive(Clone, Copy)]
pub enum Set {
    Left,
    Right,
}

impl Paper {
    /// Colours are for terminals, and for those who have not set `NO_COLOR` (no-color.org).
    pub fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            colour: wanted && std::io::stdout().is_terminal(),
        }
    }

    pub fn heading(self, text: &str) {
        println!("\n{}", self.bold(text));
    }

    pub fn line(self, text: impl Display) {
        println!("{text}");
    }

    /// Prints a text in lines of at most [`WIDTH`], each after `indent` blanks.
    pub fn text(self, indent: usize, text: &str) {
        for line in wrapped(text, WIDTH - indent) {
            println!("{:indent$}{line}", "");
        }
    }

    /// As [`Paper::text`], set back behind what stands around it.
    pub fn aside(self, indent: usize, text: &str) {
        for line in wrapped(text, WIDTH - indent) {
            println!("{:indent$}{}", "", self.dim(&line));
        }
    }

    /// Prints what was checked and found so.
    pub fn checked(self, text: &str) {
        marked(&self.paint("32", "✓"), 1, text);
    }

    /// Prints what happened at a time of the clock.
    pub fn step(self, clock: &str, text: &str) {
        marked(&self.bold(clock), length(clock), text);
    }

    /// Prints rows of equal length in aligned columns, the first row as their head.
    pub fn table<const N: usize>(self, columns: [Set; N], rows: &[[String; N]]) {
        let widths: [usize; N] = std::array::from_fn(|column| {
            rows.iter()
                .map(|row| length(&row[column]))
                .max()
                .unwrap_or_default()
        });
        for (number, row) in rows.iter().enumerate() {
            let mut line = String::new();
            for ((cell, set), width) in row.iter().zip(columns).zip(widths) {
                let blanks = " ".repeat(width - length(cell));
                line += &match set {
                    Set::Left => format!("  {cell}{blanks}"),
                    Set::Right => format!("  {blanks}{cell}"),
                };
            }
            let line = line.trim_end();
            println!(
                "{}",
                if number == 0 {
                    self.dim(line)
                } else {
                    line.to_owned()
                }
            );
        }
    }

    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Colours a text by the level or priority that it speaks of.
    pub fn level(self, level: &str, text: &str) -> String {
        match level {
            "high" => self.paint("31", text),
            "medium" => self.paint("33", text),
            _ => text.to_owned(),
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Prints a text in lines that stand beside a mark, which seems `width` letters wide.
fn marked(mark: &str, width: usize, text: &str) {
    let indent = width + 3;
    for (number, line) in wrapped(text, WIDTH - indent).into_iter().enumerate() {
        match number {
            0 => println!("  {mark} {line}"),
            _ => println!("{:indent$}{line}", ""),
        }
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if length(line) + 1 + length(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words_and_counts_letters_not_bytes() {
        assert_eq!(wrapped("äöü äöü äöü", 7), ["äöü äöü", "äöü"]);
        assert_eq!(wrapped("", 7), [""]);
        assert_eq!(
            wrapped("a word_that_is_too_long b", 7),
            ["a", "word_that_is_too_long", "b"]
        );
    }
}
