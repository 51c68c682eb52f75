//! Which recurrence rules are taken.

use crate::recurrence::Rule;

/// Whether `text` is a rule we can follow, and one that comes about at all: RFC 5545, FREQ from MINUTELY to YEARLY, INTERVAL and COUNT
/// within limits, UNTIL as a date or in UTC.
pub(super) fn check_rrule(text: &str) -> Result<(), String> {
    if Rule::parse(text)?.can_fire() {
        Ok(())
    } else {
        Err("must come about at some time: nothing has all of its parts together, as with BYMONTH=2;BYMONTHDAY=30"
            .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn given_rules_people_write_when_checked_then_accepted() {
        for rule in [
            "FREQ=DAILY",
            "freq=weekly;byday=mo,we,fr",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU",
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=YEARLY;BYDAY=20MO",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=DAILY;COUNT=10",
            "FREQ=DAILY;UNTIL=20261231",
            "FREQ=DAILY;UNTIL=20261231T220000Z",
            "FREQ=MINUTELY;INTERVAL=15",
            "FREQ=MONTHLY;BYDAY=-5FR",
            "FREQ=YEARLY;BYDAY=-53MO",
            "FREQ=MONTHLY;BYMONTHDAY=+01,31;BYMONTH=02,03",
            "FREQ=MONTHLY;BYDAY=MO;BYHOUR=9,10,11,12,13,14,15,16;BYSETPOS=40",
            "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=1",
        ] {
            assert_eq!(check_rrule(rule), Ok(()), "{rule}");
        }
    }

    #[test]
    fn given_rules_that_are_wrong_when_checked_then_refused() {
        for rule in [
            "",
            "often",
            "FREQ=",
            "FREQ=SECONDLY",
            "FREQ=FORTNIGHTLY",
            "INTERVAL=2",
            "RRULE:FREQ=DAILY",
            "FREQ=DAILY\nFREQ=DAILY",
            "FREQ=DAILY;",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=65536",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=99999999999",
            "FREQ=DAILY;COUNT=2;UNTIL=20261231",
            "FREQ=DAILY;UNTIL=20261231T220000",
            "FREQ=DAILY;UNTIL=20261301",
            "FREQ=DAILY;UNTIL=00010101",
            "FREQ=WEEKLY;BYDAY=2MO",
            "FREQ=WEEKLY;BYDAY=MO,-1FR",
            "FREQ=DAILY;BYDAY=1MO",
            "BYDAY=1MO;FREQ=HOURLY",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;BYDAY=FOOMO",
            "FREQ=WEEKLY;BYDAY=é1",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=1,-0",
            "FREQ=YEARLY;BYMONTH=13",
            "FREQ=YEARLY;BYMONTH=",
            "FREQ=DAILY;BYHOUR=24",
            "FREQ=DAILY;MOON=full",
            "FREQ=DAILY;BYMONTH=1,,2",
            "FREQ=DAILY;BYMONTH=+1",
            "FREQ=DAILY;BYSECOND=60",
            "FREQ=DAILY;UNTIL=20261231T235960Z",
            "FREQ=DAILY;WKST=XX",
            "FREQ=DAILY;BYYEARDAY=100",
            "FREQ=MONTHLY;BYWEEKNO=20",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=MONTHLY;BYDAY=54MO",
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
            "FREQ=MONTHLY;BYSETPOS=1",
        ] {
            assert!(check_rrule(rule).is_err(), "{rule}");
        }
    }

    #[test]
    fn given_rules_that_never_come_about_when_checked_then_refused() {
        for rule in [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;BYMONTH=4,6;BYMONTHDAY=31",
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=20MO",
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
            "FREQ=DAILY;BYHOUR=9;BYSETPOS=2",
            "FREQ=YEARLY;BYWEEKNO=30;BYMONTH=1",
            "FREQ=MINUTELY;BYYEARDAY=366;BYMONTHDAY=30",
        ] {
            let refused = check_rrule(rule).unwrap_err();
            assert!(refused.contains("come about"), "{rule} {refused}");
        }
    }

    proptest! {
        #[test]
        fn given_any_text_when_checked_then_never_a_panic(text in any::<String>()) {
            let _answer = check_rrule(&text);
        }

        #[test]
        fn given_anything_that_looks_like_a_rule_when_checked_then_never_a_panic(
            text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY|MINUTELY);)?((BY[A-Z]{2,8}|UNTIL|COUNT|INTERVAL|WKST)=[-+A-Z0-9,]{0,20};?){0,4}"
        ) {
            let _answer = check_rrule(&text);
        }
    }
}
