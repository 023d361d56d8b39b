import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntSupplier;

/** The cost of a call into the library by JNA's direct mapping, by JNA's proxies and by a JNI shim. */
public final class CallCost {
    private CallCost() {}

    /** JNA's direct mapping, as the binding uses it. */
    private static final class Direct {
        static native int cardwire_version_number();

        static native int cardwire_check_image(byte[] image, long length, long[] check, long[] error);

        static native void cardwire_image_check_free(long check);
    }

    /** JNA's interface mapping. */
    public interface Proxy extends Library {
        int cardwire_version_number();
    }

    static native int jniVersion();

    static native int jniCheckImage(byte[] image);

    private static int sink;

    /** Nanoseconds of CPU time a call, the least of 15 rounds. */
    private static double cost(int calls, IntSupplier call) {
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 15; round++) {
            long start = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < calls; i++) {
                sink += call.getAsInt();
            }
            best = Math.min(best, (double) (threads.getCurrentThreadCpuTime() - start) / calls);
        }
        return best;
    }

    private static void row(String what, double nanoseconds) {
        System.out.printf(Locale.ROOT, "%-44s %12.0f ns%n", what, nanoseconds);
    }

    public static void main(String[] arguments) throws Exception {
        System.load(Path.of(arguments[1]).toAbsolutePath().toString());
        Native.register(Direct.class, arguments[0]);
        Proxy proxy = Native.load(arguments[0], Proxy.class);
        byte[] photo = Files.readAllBytes(Path.of(arguments[2]));
        byte[] large = Arrays.copyOf(photo, 2_000_000);

        row("an empty call, JNI shim", cost(1_000_000, CallCost::jniVersion));
        row("an empty call, JNA direct mapping", cost(1_000_000, Direct::cardwire_version_number));
        row("an empty call, JNA interface", cost(200_000, proxy::cardwire_version_number));
        for (byte[] image : new byte[][] {photo, large}) {
            long[] check = new long[1];
            String size = "check_image of " + image.length + " bytes, ";
            row(size + "JNI shim", cost(300, () -> jniCheckImage(image)));
            row(
                    size + "JNA direct",
                    cost(
                            300,
                            () -> {
                                int status = Direct.cardwire_check_image(image, image.length, check, null);
                                Direct.cardwire_image_check_free(check[0]);
                                return status;
                            }));
        }
    }
}
