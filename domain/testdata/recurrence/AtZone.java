// Says with java.time which instants wall times are. Standard input has a wall time and a zone a line; standard output has the instant of each.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneRulesProvider;

public class AtZone {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] asked = line.split(" ");
            // In a gap it goes forward by its length, and of two it takes the earlier offset: both as section 3.3.5 of RFC 5545 has it.
            System.out.println(LocalDateTime.parse(asked[0]).atZone(ZoneId.of(asked[1])).toInstant());
        }
        System.err.println("java.time has tzdata " + ZoneRulesProvider.getVersions("UTC").lastEntry().getKey());
    }
}
