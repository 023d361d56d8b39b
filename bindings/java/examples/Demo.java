import io.cardwire.*;
import java.nio.file.*;
import java.util.List;

/** Reads a card or verifies its holder: java Demo.java CONFIG_JSON_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]... */
public class Demo {
    static final Cardholder HOLDER = Cardholder.of("6222020000000000000", "张三", "110101190001010014");

    public static void main(String[] arguments) throws Exception {
        try (Client client = Client.fromJson(Files.readString(Path.of(arguments[0])))) {
            for (int i = 2; i < arguments.length; i += 2) {
                CallOptions options = CallOptions.defaults().withVendors(List.of(arguments[i + 1].split(",")));
                if (arguments[i].equals("recognize")) {
                    Recognition card = client.recognize(Image.path(Path.of(arguments[1])), options);
                    print(arguments[i], card.maskedCardNumber(), card.issuer(), "ok", card.facts());
                } else {
                    Verification answer = client.verify(HOLDER, options);
                    print(arguments[i], "622202*********0000", null, answer.outcome().slug(), answer.facts());
                }
            }
        }
    }

    static void print(String operation, String card, String issuer, String outcome, CallFacts facts) {
        System.out.println("""
            {"language":"Java","vendor":"%s","operation":"%s","card":"%s","issuer":"%s","outcome":"%s",\
            "billed":"%s","order_id":"%s","milliseconds":%d}""".formatted(facts.vendor().slug(), operation, card,
            issuer == null ? "" : issuer, outcome, facts.billed().slug(), facts.orderId(),
            facts.attempts().get(0).duration().toMillis()));
    }
}
