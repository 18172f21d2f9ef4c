import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the benchmark hears of an engine (`counted N`, a line of standard output) and tells it
 * (`publish`, a line of standard input). The process ends if it takes too long, or if nobody is
 * there any more.
 */
final class Progress {
    private static final long PAUSE_MS = 20;
    private static final LongAdder COUNTED = new LongAdder();

    private Progress() {}

    /** An event is in the totals, or was in them before. */
    static void counted() {
        COUNTED.increment();
    }

    static void report(long seconds) {
        var thread = new Thread(() -> tell(System.nanoTime() + seconds * 1_000_000_000L));
        thread.setDaemon(true);
        thread.start();
    }

    private static void tell(long deadline) {
        long told = 0;
        while (System.nanoTime() < deadline) {
            long counted = COUNTED.sum();
            if (counted > told) {
                System.out.println("counted " + counted);
                told = counted;
            }
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
        end("not done in time");
    }

    /** Returns once the totals are asked for. */
    static void awaitPublish() throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        if (!"publish".equals(input.readLine())) {
            end("nobody is there any more");
        }
    }

    /** At once: a regular end would wait for what has failed. */
    static void end(String reason) {
        System.err.println(reason);
        System.err.flush();
        Runtime.getRuntime().halt(3);
    }
}
