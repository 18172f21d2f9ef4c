import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/** Binary mode with Java's own HttpClient and its defaults: it offers HTTP/2 and sends no media type. */
public class Binary {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        send(BodyPublishers.noBody());
        send(BodyPublishers.noBody());
        send(BodyPublishers.ofString("{}"));
        send(BodyPublishers.ofInputStream(() -> bytes("{}")));
        send(BodyPublishers.ofString("{\"correction\": true, \"count\": -1}"));
        send(BodyPublishers.ofInputStream(() -> bytes("{\"correction\": true, \"count\": -2}")));
    }

    private static void send(BodyPublisher data) throws Exception {
        var account = URLEncoder.encode(System.getenv("ACCOUNT"), StandardCharsets.UTF_8).replace("+", "%20");
        var request = HttpRequest.newBuilder(URI.create(System.getenv("USAGE_URL") + "/v1/events"))
            .header("Authorization", "Bearer " + System.getenv("USAGE_KEY"))
            .header("ce-specversion", "1.0")
            .header("ce-id", UUID.randomUUID().toString())
            .header("ce-source", "/shop")
            .header("ce-type", "api.request")
            .header("ce-subject", account)
            .header("ce-time", Instant.now().toString())
            .POST(data)
            .build();
        var answer = CLIENT.send(request, BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }

    private static ByteArrayInputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
