// gws-sms-fake exec -- java SupervisorTest.java

import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.regex.Pattern;

/** A supervisor is invited to the session that she intrudes in. With a JSON library and JUnit, it is shorter. */
public class SupervisorTest {
    static final String CONTROL = System.getenv("GWS_CONTROL_URL");
    static final String AGENT = System.getenv("GWS_USER_A1_ID");
    static final String SESSION = "0000UaB58WAR003N"; // of a1, who chats

    public static void main(String[] arguments) throws Exception {
        check(CONTROL != null, "run me under exec: gws-sms-fake exec -- java SupervisorTest.java");
        try (var gws = Fake.start("SupervisorTest")) {
            supervisorIsInvited(gws.field("url"), gws.field("cometdUrl"));
        }
    }

    /** The fake of one test. With JUnit, start it in beforeEach and close it in afterEach of an extension. */
    record Fake(String started) implements AutoCloseable {
        static final Client HTTP = new Client("");

        static Fake start(String name) throws Exception {
            return new Fake(HTTP.send("POST", CONTROL + "/fakes", "{\"name\":\"" + name + "\"}"));
        }

        String field(String name) {
            return SupervisorTest.field(started, name);
        }

        /** Fails with the report if any request broke the contract. Java adds it to the failure of the test itself. */
        @Override
        public void close() throws Exception {
            var report = HTTP.send("GET", field("controlUrl") + "/report", "");
            var ended = HTTP.send("DELETE", CONTROL + "/fakes/" + field("id"), "");
            check(ended.contains("\"broken\":false"), report);
        }
    }

    static void supervisorIsInvited(String url, String push) throws Exception {
        // Arrange
        var credentials = System.getenv("GWS_USER_S1_NAME") + ":" + System.getenv("GWS_USER_S1_PASSWORD");
        var desktop = new Client("Basic " + Base64.getEncoder().encodeToString(credentials.getBytes()));
        var hello = "[{'channel':'/meta/handshake','version':'1.0','supportedConnectionTypes':['long-polling']}]";
        var client = "'clientId':'" + field(desktop.post(push, hello), "clientId") + "'";
        var connect = "[{'channel':'/meta/connect','connectionType':'long-polling'," + client + "}]";
        desktop.post(push, connect);
        desktop.post(push, "[{'channel':'/meta/subscribe','subscription':'/v2/me/smssessions'," + client + "}]");

        // Act
        var path = url + "/api/v2/users/" + AGENT + "/smssessions/" + SESSION;
        var answer = desktop.post(path, "{'operationName':'Intrude','supervisorVisibilityMode':'Monitor'}");

        // Assert
        check(answer.equals("{\"statusCode\":0}"), answer);
        var pushed = desktop.post(push, connect);
        check(pushed.contains("\"state\":\"Invited\""), pushed);
        desktop.post(push, "[{'channel':'/meta/disconnect'," + client + "}]");
    }

    /** A client with a cookie jar, as small as it can be. Use your own client here. */
    static class Client {
        final HttpClient http = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
        final String authorization;

        Client(String authorization) {
            this.authorization = authorization;
        }

        String post(String url, String body) throws Exception {
            return send("POST", url, body.replace('\'', '"'));
        }

        String send(String method, String url, String body) throws Exception {
            var request = HttpRequest.newBuilder(URI.create(url)).method(method, BodyPublishers.ofString(body));
            request.header("Content-Type", "application/json");
            if (!authorization.isEmpty()) request.header("Authorization", authorization);
            return http.send(request.build(), BodyHandlers.ofString()).body();
        }
    }

    static String field(String json, String name) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        check(found.find(), json);
        return found.group(1);
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }
}
