"""The examples of RFC 5545 section 3.8.5.3: rule, start, and the occurrences that the text lists."""

MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def days(text, time="0900"):
    """`1997 Sep 2-4,9; Oct 1` as wall times."""
    found, year, month = [], "", 0
    for group in text.split(";"):
        words = group.split()
        if words[0].isdigit():
            year = words.pop(0)
        month = MONTHS[words[0]]
        for item in words[1].split(","):
            first, _, last = item.partition("-")
            found += [f"{year}-{month:02}-{day:02}T{time[:2]}:{time[2:]}:00" for day in range(int(first), int(last or first) + 1)]
    return found


def times(day, text):
    """`0900,0920` of one day as wall times."""
    return [f"{day}T{time[:2]}:{time[2:]}:00" for time in text.split(",")]


TWENTIES = ",".join(f"{hour:02}{minute:02}" for hour in range(9, 17) for minute in (0, 20, 40))
JANUARIES = days("1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31")
TO_CHRISTMAS = "1997 Sep 2-30; Oct 1-31; Nov 1-30; Dec 1-23"
TUESDAYS_AND_THURSDAYS = days("1997 Sep 2,4,9,11,16,18,23,25,30; Oct 2")
ALL_DAYS = "SU,MO,TU,WE,TH,FR,SA"

# Whether the list is whole is told by COUNT or UNTIL; the text breaks off the others.
EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", "1997-09-02", days("1997 Sep 2-11")),
    ("FREQ=DAILY;UNTIL=19971224T000000Z", "1997-09-02", days(TO_CHRISTMAS)),
    ("FREQ=DAILY;INTERVAL=2", "1997-09-02",
     days("1997 Sep 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30; Oct 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30;"
          "Nov 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29; Dec 1,3")),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", days("1997 Sep 2,12,22; Oct 2,12")),
    (f"FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY={ALL_DAYS}", "1998-01-01", JANUARIES),
    ("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "1998-01-01", JANUARIES),
    ("FREQ=WEEKLY;COUNT=10", "1997-09-02", days("1997 Sep 2,9,16,23,30; Oct 7,14,21,28; Nov 4")),
    ("FREQ=WEEKLY;UNTIL=19971224T000000Z", "1997-09-02",
     days("1997 Sep 2,9,16,23,30; Oct 7,14,21,28; Nov 4,11,18,25; Dec 2,9,16,23")),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997-09-02",
     days("1997 Sep 2,16,30; Oct 14,28; Nov 11,25; Dec 9,23; 1998 Jan 6,20; Feb 3,17")),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997-09-02", TUESDAYS_AND_THURSDAYS),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997-09-02", TUESDAYS_AND_THURSDAYS),
    ("FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "1997-09-01",
     days("1997 Sep 1,3,5,15,17,19,29; Oct 1,3,13,15,17,27,29,31; Nov 10,12,14,24,26,28; Dec 8,10,12,22")),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997-09-02", days("1997 Sep 2,4,16,18,30; Oct 2,14,16")),
    ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-05",
     days("1997 Sep 5; Oct 3; Nov 7; Dec 5; 1998 Jan 2; Feb 6; Mar 6; Apr 3; May 1; Jun 5")),
    ("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997-09-05", days("1997 Sep 5; Oct 3; Nov 7; Dec 5")),
    ("FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07",
     days("1997 Sep 7,28; Nov 2,30; 1998 Jan 4,25; Mar 1,29; May 3,31")),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22", days("1997 Sep 22; Oct 20; Nov 17; Dec 22; 1998 Jan 19; Feb 16")),
    ("FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", days("1997 Sep 28; Oct 29; Nov 28; Dec 29; 1998 Jan 29; Feb 26")),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997-09-02",
     days("1997 Sep 2,15; Oct 2,15; Nov 2,15; Dec 2,15; 1998 Jan 2,15")),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "1997-09-30",
     days("1997 Sep 30; Oct 1,31; Nov 1,30; Dec 1,31; 1998 Jan 1,31; Feb 1")),
    ("FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997-09-10", days("1997 Sep 10-15; 1999 Mar 10-13")),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "1997-09-02",
     days("1997 Sep 2,9,16,23,30; Nov 4,11,18,25; 1998 Jan 6,13,20,27; Mar 3,10,17,24,31")),
    ("FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "1997-06-10",
     days("1997 Jun 10; Jul 10; 1998 Jun 10; Jul 10; 1999 Jun 10; Jul 10; 2000 Jun 10; Jul 10; 2001 Jun 10; Jul 10")),
    ("FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", "1997-03-10",
     days("1997 Mar 10; 1999 Jan 10; Feb 10; Mar 10; 2001 Jan 10; Feb 10; Mar 10; 2003 Jan 10; Feb 10; Mar 10")),
    ("FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", "1997-01-01",
     days("1997 Jan 1; Apr 10; Jul 19; 2000 Jan 1; Apr 9; Jul 18; 2003 Jan 1; Apr 10; Jul 19; 2006 Jan 1")),
    ("FREQ=YEARLY;BYDAY=20MO", "1997-05-19", days("1997 May 19; 1998 May 18; 1999 May 17")),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", days("1997 May 12; 1998 May 11; 1999 May 17")),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13",
     days("1997 Mar 13,20,27; 1998 Mar 5,12,19,26; 1999 Mar 4,11,18,25")),
    ("FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "1997-06-05",
     days("1997 Jun 5,12,19,26; Jul 3,10,17,24,31; Aug 7,14,21,28; 1998 Jun 4,11,18,25; Jul 2,9,16,23,30; Aug 6,13,20,27;"
          "1999 Jun 3,10,17,24; Jul 1,8,15,22,29; Aug 5,12,19,26")),
    # The text leaves its start out with EXDATE.
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02",
     days("1998 Feb 13; Mar 13; Nov 13; 1999 Aug 13; 2000 Oct 13")),
    ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1997-09-13",
     days("1997 Sep 13; Oct 11; Nov 8; Dec 13; 1998 Jan 10; Feb 7; Mar 7; Apr 11; May 9; Jun 13")),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05",
     days("1996 Nov 5; 2000 Nov 7; 2004 Nov 2")),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", days("1997 Sep 4; Oct 7; Nov 6")),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29",
     days("1997 Sep 29; Oct 30; Nov 27; Dec 30; 1998 Jan 29; Feb 26; Mar 30")),
    # The text has UNTIL=19970902T170000Z, which is 13:00 in New York and contradicts its own list.
    ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "1997-09-02", times("1997-09-02", "0900,1200,1500")),
    ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", "1997-09-02", times("1997-09-02", "0900,0915,0930,0945,1000,1015")),
    ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "1997-09-02", times("1997-09-02", "0900,1030,1200,1330")),
    ("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "1997-09-02",
     times("1997-09-02", TWENTIES) + times("1997-09-03", TWENTIES)),
    ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "1997-09-02",
     times("1997-09-02", TWENTIES) + times("1997-09-03", TWENTIES)),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", days("1997 Aug 5,10,19,24")),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", days("1997 Aug 5,17,19,31")),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15", days("2007 Jan 15,30; Feb 15; Mar 15,30")),
]
