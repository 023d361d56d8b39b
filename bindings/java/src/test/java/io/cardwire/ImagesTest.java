package io.cardwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Card photos in every form in which programs have them. */
@Timeout(60)
class ImagesTest {
    private static final CallOptions KYC = CallOptions.defaults().withVendor(Vendor.TENCENT_KYC);
    private static final Path PHOTO = Sandbox.IMAGES.resolve("icbc-debit.jpg").toAbsolutePath().normalize();
    private final Sandbox sandbox = Sandbox.fresh();

    @Test
    void bytesBuffersStreamsPathsAndDataAddresses() throws IOException {
        byte[] photo = Files.readAllBytes(PHOTO);
        String base64 = Base64.getEncoder().encodeToString(photo);
        try (Client client = sandbox.client();
                InputStream file = Files.newInputStream(PHOTO)) {
            for (Image image :
                    List.of(
                            Image.bytes(photo),
                            Image.bytes(ByteBuffer.wrap(photo)),
                            Image.read(file),
                            Image.read(new ByteArrayInputStream(photo)),
                            Image.path(PHOTO),
                            Image.url("data:image/jpeg;base64," + base64),
                            Image.url(URI.create("DATA:;base64," + base64)))) {
                assertEquals(Sandbox.CARD, client.recognize(image, KYC).cardNumber());
            }
            CardwireException error = assertThrows(CardwireException.class, () -> Image.read(file));
            assertEquals("image", error.argument());
            assertTrue(error.getMessage().contains("at its end"), error.getMessage());
        }
    }

    @Test
    void aFileThatIsNotThereIsJavasOwnExceptionBeneath(@TempDir Path folder) {
        Path missing = Path.of("/no/such/folder/no-such.jpg");
        try (Client client = sandbox.client()) {
            CardwireException error = assertThrows(CardwireException.class, () -> client.recognize(missing));
            assertEquals(Kind.INVALID_ARGUMENT, error.kind());
            assertTrue(error.getMessage().contains(missing + "\", found "), error.getMessage());
            assertEquals(missing.toString(), error.path());
            assertEquals(2, error.osError());
            assertEquals(missing.toString(), assertInstanceOf(NoSuchFileException.class, error.getCause()).getFile());
            error = assertThrows(CardwireException.class, () -> client.recognize(folder));
            assertInstanceOf(FileSystemException.class, error.getCause());
            error = assertThrows(CardwireException.class, () -> client.recognize(Image.bytes(new byte[0])));
            assertNull(error.path());
            assertNull(error.osError());
            assertNull(error.getCause());
            Path person = folder.resolve("张三-" + Sandbox.CARD + ".jpg");
            error = assertThrows(CardwireException.class, () -> client.recognize(person));
            String shown = error + " " + error.getCause() + " " + error.toJson();
            assertTrue(!shown.contains("张三") && !shown.contains(Sandbox.CARD), shown);
        }
        assertEquals(0, sandbox.connections());
    }

    @Test
    void aFileAddressIsRefusedByName() {
        try (Client client = sandbox.client()) {
            URI address = PHOTO.toUri();
            CardwireException error = assertThrows(CardwireException.class, () -> client.recognize(address));
            assertTrue(error.getMessage().contains("whose path is to be given"), error.getMessage());
        }
    }

    /** Reads each photo of a folder, in a JVM of its own. */
    public static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            try (Client client = Client.fromJson(arguments[0]);
                    Stream<Path> files = Files.list(Path.of(arguments[1]))) {
                files.forEach(file -> System.out.println(client.recognize(Image.path(file), KYC).maskedCardNumber()));
            }
        }
    }

    @Test
    void aNameThatTheLocaleCannotShowIsRead(@TempDir Path folder) throws Exception {
        Path named = folder.resolve("照片.jpg");
        assumeTrue(!System.getProperty("os.name").startsWith("Windows"));
        Files.copy(PHOTO, named);
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        sandbox.config(),
                        folder.toString());
        builder.environment().put("LC_ALL", "C");
        // Newer Java warns there of native access.
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals("622202*********0000", out.strip());
    }
}
