package io.cardwire;

import java.lang.ref.Reference;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A call in flight. */
final class Call<T> {
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final Client client;
    private final Class<T> type;
    private final Executor executor;
    private final NativeCancellation cancellation;
    private final ListenedCall listened;

    /** The call's turn in a script, or null. */
    private final Script.Turn<T> turn;

    /** {@code executor} takes the result over from the library's thread, which is needed for other calls. */
    private Call(Client client, Class<T> type, CallOptions options, Executor executor) {
        this.client = client;
        this.type = type;
        this.executor = executor;
        cancellation = new NativeCancellation(options.cancellation());
        listened = ListenedCall.of(client, options);
        turn = client.turn(type);
    }

    /** Begins the call; what keeps it from beginning becomes its result. */
    private void start(CallOptions options, Request request) {
        // The library has its own copy of the photo: only a script needs the request again.
        Request kept = client.isScripted() ? request : null;
        long number = End.AWAITED.add(end -> deliver(end, kept, options));
        try {
            request.give(
                    client.handle(),
                    listened.options,
                    (open, document, documentLen, photo, photoLen, error) -> {
                        CApi.cardwire_call_start(
                                open, document, documentLen, photo, photoLen, cancellation.handle(), CApi.DONE_ADDRESS, number);
                        return 0;
                    });
        } catch (RuntimeException | Error e) {
            End.AWAITED.remove(number);
            listened.end();
            cancellation.free();
            if (turn != null) {
                turn.leave();
            }
            future.completeExceptionally(e);
            return;
        }
        // Whoever completes the future first, by cancel or orTimeout, ends the call.
        future.whenComplete((result, failure) -> cancellation.cancel());
    }

    /** Begins a call; its result is read on the executor. */
    static <T> CompletableFuture<T> async(
            Client client, Class<T> type, CallOptions options, Executor executor, Request request) {
        Objects.requireNonNull(options, "options");
        Call<T> call = new Call<>(client, type, options, executor);
        call.start(options, request);
        Reference.reachabilityFence(client);
        return call.future;
    }

    /** Waits without the library's thread or a pool's: the result is read on this one. */
    static <T> T blocking(Client client, Class<T> type, CallOptions options, Request request) {
        Objects.requireNonNull(options, "options");
        if (Waiting.runsHere(client)) {
            return Waiting.call(client, type, options, request);
        }
        CompletableFuture<Runnable> handover = new CompletableFuture<>();
        Call<T> call = new Call<>(client, type, options, handover::complete);
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            call.cancellation.cancel();
        }
        call.start(options, request);
        while (!call.future.isDone()) {
            try {
                handover.get().run();
            } catch (InterruptedException e) {
                interrupted = true;
                call.cancellation.cancel();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        Reference.reachabilityFence(client);
        try {
            return call.future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void deliver(End end, Request request, CallOptions options) {
        listened.end();
        cancellation.free();
        if (turn == null) {
            handOver(() -> client.result(end, type, request, options));
        } else {
            turn.then(() -> handOver(turn::answer));
            turn.end(() -> end.result(client.handle(), type), request, options);
        }
    }

    private void handOver(Supplier<T> result) {
        try {
            executor.execute(() -> finish(result));
        } catch (RuntimeException | Error e) {
            // An executor that was shut down does not lose a result that may have been billed.
            finish(result);
        }
    }

    private void finish(Supplier<T> result) {
        try {
            if (!future.isDone()) {
                future.complete(result.get());
            }
        } catch (Throwable e) {
            future.completeExceptionally(e);
        }
    }
}
