// Works recurrence rules out with org.dmfs:lib-recur, in wall time. Standard input has one JSON array of strings a line,
// [rule, start, end, most]; standard output has one line for each: its occurrences with commas between them, or "! " and what was wrong.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmfs.rfc5545.DateTime;
import org.dmfs.rfc5545.recur.RecurrenceRule;
import org.dmfs.rfc5545.recur.RecurrenceRuleIterator;

public class LibRecur {
    private static final Pattern STRING = Pattern.compile("\"([^\"]*)\"");

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher strings = STRING.matcher(line);
            String[] asked = new String[4];
            for (int at = 0; at < 4 && strings.find(); at++) {
                asked[at] = strings.group(1);
            }
            System.out.println(occurrences(asked[0], asked[1], asked[2], Integer.parseInt(asked[3])));
        }
    }

    private static String occurrences(String rule, String start, String end, int most) {
        try {
            RecurrenceRule parsed = new RecurrenceRule(rule, RecurrenceRule.RfcMode.RFC5545_STRICT);
            // Without a zone: floating, as wall time is.
            RecurrenceRuleIterator found = parsed.iterator(DateTime.parse(start));
            DateTime last = DateTime.parse(end);
            StringBuilder line = new StringBuilder();
            for (int count = 0; count < most && found.hasNext(); count++) {
                DateTime next = found.nextDateTime();
                if (next.after(last)) {
                    break;
                }
                line.append(line.length() == 0 ? "" : ",").append(next);
            }
            return line.toString();
        } catch (Exception | StackOverflowError wrong) {
            return "! " + wrong;
        }
    }
}
