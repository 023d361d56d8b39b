import io.cardwire.*;
import java.nio.file.*;

/** Reads a card photo and prints one line of JSON: java Demo.java CONFIG_JSON_FILE PHOTO. */
public class Demo {
    public static void main(String[] arguments) throws Exception {
        try (Client client = Client.fromJson(Files.readString(Path.of(arguments[0])))) {
            long start = System.nanoTime();
            Recognition card = client.recognize(Path.of(arguments[1]));
            String issuer = card.issuer() == null ? "null" : "\"" + card.issuer() + "\"";
            System.out.println("""
                {"language":"Java","vendor":"%s","operation":"recognize","card":"%s","issuer":%s,"outcome":"ok",\
                "billed":"%s","order_id":"%s","milliseconds":%d}""".formatted(card.vendor().slug(),
                card.maskedCardNumber(), issuer, card.billed().slug(), card.orderId(),
                (System.nanoTime() - start) / 1_000_000));
        }
    }
}
