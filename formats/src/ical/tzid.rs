//! Which IANA zone a TZID means.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::component::Component;

/// Names of Windows, which Outlook and Exchange write, and the zone that CLDR (`windowsZones`, territory 001) has for each; the more
/// common ones.
const OF_WINDOWS: &[(&str, Tz)] = &[
    ("AUS Central Standard Time", Tz::Australia__Darwin),
    ("AUS Eastern Standard Time", Tz::Australia__Sydney),
    ("Alaskan Standard Time", Tz::America__Anchorage),
    ("Arab Standard Time", Tz::Asia__Riyadh),
    ("Arabian Standard Time", Tz::Asia__Dubai),
    ("Argentina Standard Time", Tz::America__Argentina__Buenos_Aires),
    ("Atlantic Standard Time", Tz::America__Halifax),
    ("Canada Central Standard Time", Tz::America__Regina),
    ("Cen. Australia Standard Time", Tz::Australia__Adelaide),
    ("Central America Standard Time", Tz::America__Guatemala),
    ("Central Europe Standard Time", Tz::Europe__Budapest),
    ("Central European Standard Time", Tz::Europe__Warsaw),
    ("Central Standard Time", Tz::America__Chicago),
    ("Central Standard Time (Mexico)", Tz::America__Mexico_City),
    ("China Standard Time", Tz::Asia__Shanghai),
    ("E. Africa Standard Time", Tz::Africa__Nairobi),
    ("E. Australia Standard Time", Tz::Australia__Brisbane),
    ("E. Europe Standard Time", Tz::Europe__Chisinau),
    ("E. South America Standard Time", Tz::America__Sao_Paulo),
    ("Eastern Standard Time", Tz::America__New_York),
    ("Egypt Standard Time", Tz::Africa__Cairo),
    ("FLE Standard Time", Tz::Europe__Kyiv),
    ("GMT Standard Time", Tz::Europe__London),
    ("GTB Standard Time", Tz::Europe__Bucharest),
    ("Greenwich Standard Time", Tz::Atlantic__Reykjavik),
    ("Hawaiian Standard Time", Tz::Pacific__Honolulu),
    ("India Standard Time", Tz::Asia__Kolkata),
    ("Iran Standard Time", Tz::Asia__Tehran),
    ("Israel Standard Time", Tz::Asia__Jerusalem),
    ("Jordan Standard Time", Tz::Asia__Amman),
    ("Korea Standard Time", Tz::Asia__Seoul),
    ("Middle East Standard Time", Tz::Asia__Beirut),
    ("Morocco Standard Time", Tz::Africa__Casablanca),
    ("Mountain Standard Time", Tz::America__Denver),
    ("New Zealand Standard Time", Tz::Pacific__Auckland),
    ("Newfoundland Standard Time", Tz::America__St_Johns),
    ("Pacific SA Standard Time", Tz::America__Santiago),
    ("Pacific Standard Time", Tz::America__Los_Angeles),
    ("Pakistan Standard Time", Tz::Asia__Karachi),
    ("Romance Standard Time", Tz::Europe__Paris),
    ("Russian Standard Time", Tz::Europe__Moscow),
    ("SA Pacific Standard Time", Tz::America__Bogota),
    ("SE Asia Standard Time", Tz::Asia__Bangkok),
    ("Singapore Standard Time", Tz::Asia__Singapore),
    ("South Africa Standard Time", Tz::Africa__Johannesburg),
    ("Taipei Standard Time", Tz::Asia__Taipei),
    ("Tokyo Standard Time", Tz::Asia__Tokyo),
    ("Turkey Standard Time", Tz::Europe__Istanbul),
    ("US Mountain Standard Time", Tz::America__Phoenix),
    ("UTC", Tz::UTC),
    ("W. Australia Standard Time", Tz::Australia__Perth),
    ("W. Central Africa Standard Time", Tz::Africa__Lagos),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("West Asia Standard Time", Tz::Asia__Tashkent),
];

/// The zones of a file.
#[derive(Debug)]
pub(super) struct Zones {
    /// Of times that name none.
    pub(super) floating: Tz,
    /// What the file's VTIMEZONEs say that they are, by TZID.
    described: HashMap<String, Tz>,
}

impl Zones {
    pub(super) fn of(calendars: &[Component], floating: Tz) -> Self {
        let zones = calendars.iter().flat_map(|calendar| &calendar.children).filter(|child| child.name == "VTIMEZONE");
        let described = zones.filter_map(|zone| {
            // What libical, and Evolution and KDE with it, and what Mozilla write.
            let iana = zone.get("X-LIC-LOCATION").or_else(|| zone.get("X-TZINFO"))?;
            let name = iana.value.split('[').next().unwrap_or_default().trim();
            Some((zone.get("TZID")?.value.clone(), name.parse().ok()?))
        });
        Self { floating, described: described.collect() }
    }

    /// The zone that a TZID means; `None` where nothing tells.
    pub(super) fn get(&self, tzid: &str) -> Option<Tz> {
        let named = tzid.parse().ok().or_else(|| self.described.get(tzid).copied());
        named.or_else(|| of_windows(tzid)).or_else(|| at_the_end_of(tzid))
    }
}

fn of_windows(tzid: &str) -> Option<Tz> {
    OF_WINDOWS.iter().find(|(name, _)| name.eq_ignore_ascii_case(tzid)).map(|(_, zone)| *zone)
}

/// `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20070129_1/America/Argentina/Buenos_Aires`.
fn at_the_end_of(tzid: &str) -> Option<Tz> {
    let slashes = tzid.strip_prefix('/')?.match_indices('/');
    slashes.filter_map(|(at, _)| tzid.get(at + 2..)?.parse().ok()).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::component::calendars;

    #[test]
    fn given_tzids_of_many_programs_when_asked_then_their_zone() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Custom 1\nX-LIC-LOCATION:Europe/Oslo\nEND:VTIMEZONE\nBEGIN:VTIMEZONE\nTZID:Custom 2\nEND:VTIMEZONE\nEND:VCALENDAR\n";
        let zones = Zones::of(&calendars(text.as_bytes()).unwrap(), Tz::UTC);
        for (tzid, zone) in [
            ("Europe/Berlin", Some(Tz::Europe__Berlin)),
            ("Custom 1", Some(Tz::Europe__Oslo)),
            ("Custom 2", None),
            ("W. Europe Standard Time", Some(Tz::Europe__Berlin)),
            ("w. europe standard time", Some(Tz::Europe__Berlin)),
            ("/freeassociation.sourceforge.net/Europe/Paris", Some(Tz::Europe__Paris)),
            ("/mozilla.org/20070129_1/America/Argentina/Buenos_Aires", Some(Tz::America__Argentina__Buenos_Aires)),
            ("/", None),
            ("Mars/Olympus", None),
            ("", None),
        ] {
            assert_eq!(zones.get(tzid), zone, "{tzid}");
        }
    }
}
