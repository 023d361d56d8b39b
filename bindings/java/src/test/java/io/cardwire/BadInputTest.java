package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BadInputTest {
    private final Sandbox sandbox = Sandbox.fresh();

    @AfterEach
    void nothingWasSent() {
        assertEquals(0, sandbox.connections());
    }

    /** A value that is fine, for the parameters beside the one that is null. */
    private Object fine(Class<?> type) {
        Map<Class<?>, Object> values =
                Map.ofEntries(
                        Map.entry(String.class, "a1"),
                        Map.entry(byte[].class, new byte[1]),
                        Map.entry(Path.class, Path.of("nothing.jpg")),
                        Map.entry(URI.class, URI.create("https://cards.example/front.jpg")),
                        Map.entry(java.nio.ByteBuffer.class, java.nio.ByteBuffer.allocate(1)),
                        Map.entry(java.io.InputStream.class, new java.io.ByteArrayInputStream(new byte[1])),
                        Map.entry(Image.class, Image.bytes(new byte[1])),
                        Map.entry(Cardholder.class, Cardholder.of("", "")),
                        Map.entry(CallOptions.class, CallOptions.defaults()),
                        Map.entry(BatchOptions.class, BatchOptions.defaults()),
                        Map.entry(Cancellation.class, new Cancellation()),
                        Map.entry(Vendor.class, Vendor.WECHAT),
                        Map.entry(OrderFilter.class, OrderFilter.all()),
                        Map.entry(OrderStatus.class, OrderStatus.UNKNOWN),
                        Map.entry(Instant.class, Instant.EPOCH),
                        Map.entry(Duration.class, Duration.ofSeconds(1)),
                        Map.entry(List.class, List.of("wechat")),
                        Map.entry(Iterable.class, List.of()),
                        Map.entry(Iterator.class, List.of().iterator()),
                        Map.entry(Consumer.class, (Consumer<Object>) event -> {}),
                        Map.entry(Executor.class, (Executor) Runnable::run),
                        Map.entry(boolean.class, true),
                        Map.entry(int.class, 1));
        return values.get(type);
    }

    @Test
    void nullEverywhereNamesTheParameter(@TempDir Path folder) throws Exception {
        int cases = 0;
        try (Client client = sandbox.client();
                Journal journal = Journal.open(folder.resolve("journal"))) {
            List<Object> targets =
                    List.of(
                            client,
                            journal,
                            OrderFilter.all(),
                            Client.builder(),
                            CallOptions.defaults(),
                            BatchOptions.defaults(),
                            Image.url(""),
                            Cardholder.of("", ""),
                            Checks.class);
            for (Object target : targets) {
                Class<?> type = target instanceof Class<?> named ? named : target.getClass();
                for (Method method : type.getDeclaredMethods()) {
                    if (!Modifier.isPublic(method.getModifiers()) || method.getName().equals("equals")) {
                        continue;
                    }
                    Class<?>[] types = method.getParameterTypes();
                    for (int missing = 0; missing < types.length; missing++) {
                        if (types[missing].isPrimitive()) {
                            continue;
                        }
                        Object[] arguments = new Object[types.length];
                        for (int i = 0; i < types.length; i++) {
                            arguments[i] = i == missing ? null : fine(types[i]);
                        }
                        Throwable thrown =
                                assertThrows(
                                                InvocationTargetException.class,
                                                () -> method.invoke(target, arguments),
                                                method + " with null at " + missing)
                                        .getCause();
                        assertInstanceOf(NullPointerException.class, thrown, method.toString());
                        assertTrue(thrown.getMessage().matches("[a-zA-Z]+"), method + ": " + thrown);
                        cases++;
                    }
                }
            }
        }
        assertTrue(cases > 60, cases + " cases");
        assertThrows(NullPointerException.class, () -> Client.fromJson(null));
        assertThrows(NullPointerException.class, () -> Client.builder().build());
    }

    private static CardwireException refused(String argument, org.junit.jupiter.api.function.Executable call) {
        CardwireException error = assertThrows(CardwireException.class, call);
        assertEquals(Kind.INVALID_ARGUMENT, error.kind());
        assertEquals(argument, error.argument());
        assertEquals(Sent.NO, error.sent());
        assertEquals(Billed.NO, error.billed());
        return error;
    }

    @Test
    void aListOfNoAccountAsksNobody() {
        try (Client client = sandbox.client()) {
            CallOptions none = CallOptions.defaults().withVendors(List.of());
            refused("vendors", () -> client.recognize(Image.bytes(Sandbox.photo("icbc-debit.jpg")), none));
        }
    }

    @Test
    void unpairedSurrogatesAreRefusedByName() {
        String bad = "张\ud83d三";
        try (Client client = sandbox.client()) {
            refused("config", () -> Client.fromJson(bad));
            refused("name", () -> client.verify(Cardholder.of(Sandbox.CARD, bad, Sandbox.ID)));
            refused("card_number", () -> client.verify(Cardholder.of(bad, Sandbox.NAME, Sandbox.ID)));
            refused("id_number", () -> client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, bad)));
            refused(
                    "phone",
                    () -> client.verify(Cardholder.of(Sandbox.CARD, Sandbox.NAME, Sandbox.ID).withPhone(bad)));
            refused("card_number", () -> client.lookupCard(bad));
            refused("order_id", () -> client.fetchOrder(bad));
            refused("image", () -> client.recognize(Image.url("https://cards.example/" + bad)));
            refused("card_number", () -> Checks.cardNumber(bad));
            refused("id_number", () -> Checks.idNumber(bad));
            CallOptions options = CallOptions.defaults();
            Image photo = Image.bytes(Sandbox.photo("icbc-debit.jpg"));
            refused("order_id", () -> client.recognize(photo, options.withOrderId(bad)));
            refused("reference", () -> client.recognize(photo, options.withReference(bad)));
            refused("user_id", () -> client.recognize(photo, options.withUserId(bad)));
            refused("vendors", () -> client.recognize(photo, options.withVendor(bad)));
        }
    }

    @Test
    void textWithANulIsNotCutShort() {
        try (Client client = sandbox.client()) {
            refused("card_number", () -> client.lookupCard(Sandbox.CARD + "\0"));
            refused("order_id", () -> client.fetchOrder("a1\0b"));
            refused("image", () -> client.recognize(Image.url("https://cards.example/\0")));
            assertEquals(new CardNumberCheck(false, false), Checks.cardNumber(Sandbox.CARD + "\0"));
            assertEquals(
                    Kind.INVALID_CONFIG,
                    assertThrows(CardwireException.class, () -> Client.fromJson(sandbox.config() + "\0")).kind());
        }
    }

    @Test
    void whatIsNoImageIsRefused(@TempDir Path folder) throws Exception {
        try (Client client = sandbox.client()) {
            refused("image", () -> client.recognize(new byte[0]));
            refused("image", () -> client.recognize(new byte[1000]));
            refused("image", () -> client.recognize(new byte[64 << 20]));
            refused("image", () -> client.recognize(Sandbox.IMAGES.resolve("not-supported.gif")));
            refused("image", () -> client.recognize(folder));
            refused("image", () -> client.recognize(folder.resolve("张三.jpg")));
            refused("image", () -> client.recognize(URI.create("file:///etc/passwd")));
            refused("image", () -> client.recognize(URI.create("card.jpg")));
            Path zip = folder.resolve("photos.zip");
            try (FileSystem files = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
                Files.write(files.getPath("card.jpg"), Sandbox.photo("icbc-debit.jpg"));
                refused("image", () -> client.recognize(files.getPath("card.jpg")));
            }
        }
    }

    @Test
    void malformedOptionsAreRefused() {
        try (Client client = sandbox.client()) {
            Image photo = Image.bytes(Sandbox.photo("icbc-debit.jpg"));
            CallOptions options = CallOptions.defaults();
            for (String order : new String[] {"", "a".repeat(33), "a-b", "a b", "../x", "单号"}) {
                refused("order_id", () -> client.recognize(photo, options.withOrderId(order)));
            }
            refused("vendors", () -> client.recognize(photo, options.withVendors(List.of("wechat", ""))));
            refused("timeout", () -> options.withTimeout(Duration.ofNanos(-1)));
            CardwireException unknown =
                    assertThrows(
                            CardwireException.class, () -> client.recognize(photo, options.withVendor("nobody")));
            assertEquals(Kind.INVALID_ARGUMENT, unknown.kind());
            CardwireException holder =
                    refused("card_number", () -> client.verify(Cardholder.of("7654321", Sandbox.NAME, Sandbox.ID)));
            assertTrue(!holder.getMessage().contains("7654321"), holder.getMessage());
        }
    }

    @Test
    void twoClassLoadersHaveALibraryEachAndMayGo() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        for (int round = 0; round < 3; round++) {
            try (URLClassLoader loader =
                    new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
                Class<?> other = loader.loadClass("io.cardwire.Client");
                assertTrue(other != Client.class);
                assertEquals("0.1.0", other.getMethod("version").invoke(null));
                AutoCloseable client =
                        (AutoCloseable) other.getMethod("fromJson", String.class).invoke(null, sandbox.config());
                Object future =
                        other.getMethod("lookupCardAsync", String.class).invoke(client, "12");
                Throwable refused =
                        assertThrows(
                                        ExecutionException.class,
                                        () -> ((CompletableFuture<?>) future).get(5, TimeUnit.SECONDS))
                                .getCause();
                assertEquals("io.cardwire.CardwireException", refused.getClass().getName());
                client.close();
            }
            System.gc();
        }
        try (Client client = sandbox.client()) {
            refused("card_number", () -> client.lookupCard("12"));
        }
    }
}
