package io.cardwire;

/** Reads the library's event documents. */
final class EventReader {
    private EventReader() {}

    /** The event; null for one of a later library that this jar does not know. */
    static Event read(Json json) {
        return switch (json.text("event")) {
            case "attempt_started" ->
                    new Event.AttemptStarted(
                            json.vendor(),
                            json.text("account"),
                            json.operation(),
                            json.text("order_id"),
                            json.number("attempt"));
            case "attempt_ended" ->
                    new Event.AttemptEnded(
                            json.vendor(),
                            json.text("account"),
                            json.operation(),
                            json.text("order_id"),
                            json.number("attempt"),
                            json.failure(),
                            json.text("vendor_code"),
                            json.sent(),
                            json.milliseconds("milliseconds"));
            case "token_refreshed" ->
                    new Event.TokenRefreshed(
                            json.vendor(),
                            json.text("account"),
                            json.failure(),
                            json.milliseconds("milliseconds"));
            case "order_written" ->
                    new Event.OrderWritten(
                            json.vendor(), json.text("account"), json.text("order_id"), json.text("state"));
            default -> null;
        };
    }
}
