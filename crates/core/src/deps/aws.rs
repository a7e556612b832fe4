//! AWS's services behind the words that flow logs have for ranges of addresses, and whether they answer over IPv6.
//!
//! What belongs here: the table of those of which something is known; the others are told by AWS's word. What must not: anything
//! of a VPC.
//!
//! Sources: VPC user guide, "Flow log records" (`pkt-dst-aws-service`) and "AWS services that support IPv6"; SDK reference,
//! "Dual-stack and FIPS endpoints". A range is where an address is from, not who answers: `EC2` is whoever rents a server.

use super::Way;

/// Setting by which SDKs ask by dual-stack names.
const SETTING: &str = "AWS_USE_DUALSTACK_ENDPOINT=true in the task definition lets SDKs ask by it";

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    /// By a dual-stack name; `{}` is the region.
    By(&'static str),
    /// Once whoever owns it says so.
    Once(&'static str),
    /// It depends on whose it is.
    Perhaps(&'static str),
}

struct Range {
    word: &'static str,
    /// For people.
    name: &'static str,
    answers: Answers,
}

const RANGES: [Range; 7] = [
    range(
        "S3",
        "Amazon S3",
        Answers::By("s3.dualstack.{}.amazonaws.com"),
    ),
    range(
        "DYNAMODB",
        "Amazon DynamoDB",
        Answers::By("dynamodb.{}.api.aws"),
    ),
    range(
        "AMAZON",
        "a service of AWS",
        Answers::Perhaps("nearly all have a dual-stack name, as in sqs.{}.api.aws"),
    ),
    range(
        "EC2",
        "a server or service in EC2's addresses",
        Answers::Perhaps("whoever rents it decides: ask for the AAAA record of its name"),
    ),
    range(
        "API_GATEWAY",
        "Amazon API Gateway",
        Answers::Once("its IP address type is dualstack"),
    ),
    range(
        "CLOUDFRONT",
        "Amazon CloudFront",
        Answers::Perhaps(
            "a distribution answers over IPv6 unless its owner turned that off: ask for the AAAA record of its name",
        ),
    ),
    range(
        "GLOBALACCELERATOR",
        "AWS Global Accelerator",
        Answers::Once("the accelerator is DUAL_STACK"),
    ),
];

const fn range(word: &'static str, name: &'static str, answers: Answers) -> Range {
    Range {
        word,
        name,
        answers,
    }
}

/// What people call a range, and whether IPv6 leads there.
pub(super) fn known(word: &str, region: &str) -> (String, Way) {
    let Some(found) = RANGES.iter().find(|r| r.word == word) else {
        let why = "ask for the AAAA record of its name".to_owned();
        return (format!("AWS ({word})"), Way::Unclear(why));
    };
    let told = |text: &str| text.replace("{}", region);
    let way = match found.answers {
        Answers::By(name) => Way::There(format!("{}; {SETTING}", told(name))),
        Answers::Once(what) => Way::Possible(format!("once {}", told(what))),
        Answers::Perhaps(what) => Way::Unclear(told(what)),
    };
    (found.name.to_owned(), way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_once_and_one_that_is_new_is_told_all_the_same() {
        for (place, one) in RANGES.iter().enumerate() {
            assert!(
                RANGES[place + 1..].iter().all(|r| r.word != one.word),
                "{}",
                one.word
            );
        }
        let (name, way) = known("NEWER", "eu-central-1");
        assert_eq!(name, "AWS (NEWER)");
        assert!(matches!(way, Way::Unclear(_)));
        let (_, way) = known("S3", "eu-central-1");
        assert!(matches!(way, Way::There(how) if how.starts_with("s3.dualstack.eu-central-1.")));
    }
}
