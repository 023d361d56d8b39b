import io.cardwire.Cardholder;
import io.cardwire.Client;
import io.cardwire.Outcome;

/** Cardwire from Java, for Peer. */
public final class Ours {
    /** A call. */
    public static Peer.One one(String caFile) {
        String account = switch (Peer.vendor) {
            case "tencent_faceid" -> "\"secret_id\":\"AKIDEXAMPLE\",\"secret_key\":\"secretkeyexample\",\"requests_per_second\":1000000";
            case "wechat" -> "\"app_id\":\"wx00001\",\"app_secret\":\"wxsecret\",\"daily_quota\":0";
            case "tencent_kyc" -> "\"app_id\":\"IDA00001\",\"secret\":\"kycsecret\"";
            default -> "\"app_code\":\"appcodeappcodeappcode\"";
        };
        String authority = caFile == null ? "" : ",\"ca_file\":\"" + caFile + "\"";
        Client client = Client.fromJson("{\"vendors\":[{\"vendor\":\"" + Peer.vendor + "\"," + account
                + ",\"base_url\":\"" + Peer.url + "\"}]" + authority + "}");
        if (Peer.photo != null) {
            return () -> {
                if (!client.recognize(Peer.photo).cardNumber().equals("6217000000000000004")) {
                    throw new IllegalStateException("another card");
                }
            };
        }
        return () -> {
            if (client.verify(Cardholder.of(Peer.CARD, Peer.NAME, Peer.ID)).outcome() != Outcome.MATCH) {
                throw new IllegalStateException("no match");
            }
        };
    }
}
