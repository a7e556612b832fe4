//! What is read of settings, and what is said of those that cannot be used.

use super::*;

fn read(text: &str) -> anyhow::Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sixshift.yaml");
    std::fs::write(&file, text).unwrap();
    Settings::read(&Origin::File(file))
}

#[test]
fn a_folder_of_plans_is_enough() {
    let text = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\n";
    let settings = read(text).unwrap();
    assert_eq!(settings.listen, ["127.0.0.1:8686", "[::1]:8686"]);
    let source::Settings::Dir(dir) = settings.source else {
        panic!("a folder was asked for")
    };
    assert!(dir.path.is_absolute() && dir.path.ends_with("plans"));
}

#[test]
fn a_word_that_means_nothing_is_refused_with_its_place() {
    let text = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\nlistn: []\n";
    let error = format!("{:#}", read(text).unwrap_err());
    assert!(error.contains("listn"), "{error}");
    assert!(error.contains('4'), "no line: {error}");
}

#[test]
fn a_host_is_a_name_alone() {
    let text = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\nhosts: ";
    for good in ["[tools.example.com, 2001:db8::7]", "[]"] {
        read(&format!("{text}{good}\n")).unwrap();
    }
    for bad in [
        "['http://tools.example.com']",
        "['tools.example.com:80']",
        "['']",
    ] {
        let error = format!("{:#}", read(&format!("{text}{bad}\n")).unwrap_err());
        assert!(error.contains("without scheme and port"), "{error}");
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let head = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans, poll: 10}}\n";
    let text = format!("{head}listn: []\nlimits: {{streams: many}}\nlog: {{format: jsn}}\n");
    let error = format!("{:#}", read(&text).unwrap_err());
    for part in [
        "sixshift.yaml:3:35",
        "write poll: 10s",
        "sixshift.yaml:4:1",
        "write listen",
        "sixshift.yaml:5:19",
        "sixshift.yaml:6:15",
        "write format: json",
    ] {
        assert!(error.contains(part), "{part} is not in:\n{error}");
    }
    assert_eq!(error.matches("error: ").count(), 4, "{error}");
}

#[test]
fn what_only_the_daemon_knows_is_told_at_once_too() {
    let head = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\n";
    let text = format!(
        "{head}listen: []\nhosts: [a, 'b:80', 'c/']\nauth: {{tokens: [{{name: x, role: viewer}}]}}\nwebhook: {{}}\n"
    );
    let error = format!("{:#}", read(&text).unwrap_err());
    for (place, what) in [
        ("sixshift.yaml:4:9", "leave listen out"),
        ("sixshift.yaml:5:12", "\"b:80\" is no name"),
        ("sixshift.yaml:5:20", "\"c/\" is no name"),
        ("sixshift.yaml:6:17", "needs exactly one of sha256"),
        ("sixshift.yaml:7:10", "exactly one of secretFile"),
    ] {
        assert!(
            error.contains(place) && error.contains(what),
            "{place} {what} is not in:\n{error}"
        );
    }
}

#[test]
fn mistakes_of_receivers_are_told_at_once_with_their_places() {
    let text = format!(
        "{HEAD}dashboard: sixshift.example.com\nnotify:\n  - slack: {{ urlEnv: A, on: [] }}\n  \
         - webhook: {{ on: [done], url: 'http://x', repeat: 4 }}\n"
    );
    let error = format!("{:#}", read(&text).unwrap_err());
    for part in [
        "sixshift.yaml:4:12",
        "write what people open",
        "sixshift.yaml:6:29",
        "write on: [needsPerson, rolledBack, done]",
        "sixshift.yaml:7:33",
        "write https://",
        "sixshift.yaml:7:53",
        "write 1m to 30d",
    ] {
        assert!(error.contains(part), "{part} is not in:\n{error}");
    }
    let text = format!("{HEAD}notify:\n  - slack: {{ urlEnv: A, on: [dnoe] }}\n  - teams: {{}}\n");
    let error = format!("{:#}", read(&text).unwrap_err());
    for part in ["sixshift.yaml:5:30", "done", "sixshift.yaml:6:5", "teams"] {
        assert!(error.contains(part), "{part} is not in:\n{error}");
    }
}

const HEAD: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: plans}}\n";

#[test]
fn a_journal_in_a_table_brings_its_lease_along_and_one_in_a_file_has_none() {
    let settings = read(HEAD).unwrap();
    assert!(settings.journal_file().is_some() && settings.lease_table().is_none());
    let text = format!("{HEAD}journal: {{dynamodb: {{table: tools, region: eu-west-1}}}}\n");
    let settings = read(&text).unwrap();
    assert_eq!(settings.journal_file(), None);
    let lease = settings.lease_table().unwrap();
    let found = (&*lease.table, lease.region.as_deref(), &*lease.prefix);
    assert_eq!(found, ("tools", Some("eu-west-1"), "sixshift"));
    let settings = read(&format!("{text}lease: {{dynamodb: {{table: leases}}}}\n")).unwrap();
    let lease = settings.lease_table().unwrap();
    let found = (&*lease.table, lease.region.as_deref(), &*lease.prefix);
    assert_eq!(found, ("leases", None, "sixshift"));
}

#[test]
fn a_journal_and_a_lease_that_cannot_be_are_refused_with_their_places() {
    for (text, at, part) in [
        (
            "journal: {path: a, dynamodb: {table: tools}}",
            "4:10",
            "not both",
        ),
        (
            "journal: {dynamodb: {table: 'a b'}}",
            "4:29",
            "no name of a table",
        ),
        (
            "journal: {dynamodb: {table: tools, region: Frankfurt}}",
            "4:44",
            "as in eu-central-1",
        ),
        (
            "lease: {dynamodb: {table: tools, region: ''}}",
            "4:42",
            "is no region",
        ),
        (
            "journal: {dynamodb: {table: tools, prefix: ''}}",
            "4:44",
            "1 to 100",
        ),
        ("lease: {dynamodb: {}}", "4:19", "a table of its own"),
        ("journal: {dynamodb: {tabel: tools}}", "4:22", "table"),
    ] {
        let error = format!("{:#}", read(&format!("{HEAD}{text}\n")).unwrap_err());
        assert!(error.contains(&format!("sixshift.yaml:{at}")), "{error}");
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_bucket_and_gates_that_cannot_be_are_told_at_once_with_their_places() {
    let text = "apiVersion: sixshift/v1\nkind: Settings\n\
        source: {s3: {bucket: 's3://plans', region: Frankfurt, roleArn: me}}\n\
        gates: {secretEnv: A, secretFile: b, allowPrivate: [ci.internal, 'http://x']}\n";
    let error = format!("{:#}", read(text).unwrap_err());
    for part in [
        "sixshift.yaml:3:23",
        "write a bucket's name alone",
        "sixshift.yaml:3:45",
        "as in eu-central-1",
        "sixshift.yaml:3:65",
        "arn:aws:iam::123456789012:role/sixshift",
        "sixshift.yaml:4:8",
        "take the others out",
        "sixshift.yaml:4:66",
        "write a host without scheme and port",
    ] {
        assert!(error.contains(part), "{part} is not in:\n{error}");
    }
    assert_eq!(error.matches("error: ").count(), 5, "{error}");
}

#[test]
fn two_sources_are_one_too_many() {
    let text =
        "apiVersion: sixshift/v1\nkind: Settings\nsource: {dir: {path: a}, git: {url: ./b}}\n";
    let error = format!("{:#}", read(text).unwrap_err());
    assert!(error.contains("exactly one"), "{error}");
}

#[test]
fn the_schema_knows_every_setting_that_the_example_shows() {
    let schema = sixshift_core::plan::schema_of::<Settings>();
    let example = include_str!("../../../../../config/sixshift.yaml");
    // What is commented out is an example too.
    let shown = example
        .lines()
        .map(|line| line.trim_start_matches(['#', ' ', '-']));
    let keys = shown.filter_map(|line| {
        line.split_once(": ")
            .or_else(|| Some((line.strip_suffix(':')?, "")))
    });
    let text = schema.to_string();
    for (key, _) in keys.filter(|(key, _)| key.chars().all(char::is_alphanumeric)) {
        assert!(
            text.contains(&format!("\"{key}\":")),
            "{key} is not in the schema"
        );
    }
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(
        schema["$defs"]["Dir"]["properties"]["poll"]["default"],
        "10s"
    );
}

#[test]
fn what_the_guide_and_the_example_tell_of_receivers_can_be_used() {
    let guide = include_str!("../../../../../docs/guide/notifications.md");
    let block = guide.split("```yaml\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    assert_eq!(read(&format!("{HEAD}{block}")).unwrap().notify.len(), 4);
    let example = include_str!("../../../../../config/sixshift.yaml");
    let commented = example.lines().skip_while(|line| *line != "# notify:");
    let block = commented.take_while(|line| line.starts_with("# "));
    let block: Vec<&str> = block.map(|line| &line[2..]).collect();
    let settings = read(&format!("{HEAD}{}\n", block.join("\n"))).unwrap();
    assert_eq!(settings.notify.len(), 4);
}

#[test]
fn the_example_in_config_can_be_used() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sixshift.yaml");
    Settings::read(&Origin::File(example)).unwrap();
}
