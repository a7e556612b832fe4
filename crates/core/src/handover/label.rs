//! What new resources are called in code.
//!
//! What belongs here: names that Terraform and CloudFormation take, each once. What must not: what they stand for.

use std::collections::BTreeSet;

/// Names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Somebody else has it.
    pub(super) fn take(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    /// An identifier of Terraform's, numbered where another resource of its type has it already.
    pub(super) fn terraform(&mut self, kind: &str, parts: &[&str]) -> String {
        let plain = parts.join("_").chars().map(plain).collect::<String>();
        let name = if plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
            plain
        } else {
            format!("r_{plain}")
        };
        self.unique(&format!("{kind}."), &name, "_")
    }

    /// A logical id of CloudFormation's: letters and digits, 255 at most. A stack has one name space.
    pub(super) fn logical_id(&mut self, parts: &[&str]) -> String {
        let text = parts.join("-");
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let camel: String = words.map(upper).collect();
        let name: String = camel.chars().take(240).collect();
        self.unique("", &name, "")
    }

    fn unique(&mut self, prefix: &str, name: &str, joint: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 1;
        while !self.0.insert(format!("{prefix}{candidate}")) {
            number += 1;
            candidate = format!("{name}{joint}{number}");
        }
        candidate
    }
}

fn plain(c: char) -> char {
    if c.is_ascii_alphanumeric() {
        c.to_ascii_lowercase()
    } else {
        '_'
    }
}

/// With a capital at its beginning.
pub(super) fn upper(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_the_tool_takes_and_nobody_else_has() {
        let mut names = Names::default();
        names.take("aws_lb_target_group.a_b");
        assert_eq!(names.terraform("aws_lb_target_group", &["a-b"]), "a_b_2");
        assert_eq!(names.terraform("aws_lb_target_group", &["A b"]), "a_b_3");
        assert_eq!(names.terraform("aws_ecs_service", &["a", "b"]), "a_b");
        assert_eq!(
            names.terraform("aws_ecs_service", &["9 lives"]),
            "r_9_lives"
        );
        assert_eq!(
            names.logical_id(&["checkout-ipv6", "cpu_high", "Policy"]),
            "CheckoutIpv6CpuHighPolicy"
        );
        assert_eq!(
            names.logical_id(&["checkout", "ipv6-cpu-high", "Policy"]),
            "CheckoutIpv6CpuHighPolicy2"
        );
    }
}
