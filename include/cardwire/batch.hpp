/// @file
/// The results of a batch. Part of cardwire.hpp.
#ifndef CARDWIRE_BATCH_HPP
#define CARDWIRE_BATCH_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "inputs.hpp"
#include "results.hpp"

#include <cstddef>
#include <functional>
#include <iterator>
#include <type_traits>

namespace cardwire {

/// One result of a batch.
template <class T> struct BatchItem {
    /// The number of its input, from 0.
    std::size_t index;
    Result<T> result;
};

/// The results of a batch of photos (`Batch<Recognition>`) or of cardholders (`Batch<Verification>`), as their
/// calls end: a range for one loop. Inputs are taken on the thread that takes results, and only as calls end.
/// Destroying it cancels the calls in flight; it may outlive the client.
template <class T> class Batch {
public:
    using Input = std::conditional_t<std::is_same_v<T, Recognition>, Image, Cardholder>;
    /// Gives the next input, alone or with its order number and reference, or nothing at the end.
    using Next = std::function<std::optional<BatchInput<Input>>()>;

    /// Waits for the next result; nothing where every result was taken. An input that is refused is a result
    /// like any other. An exception that leaves `Next` comes out of here and ends the inputs; the results of
    /// calls in flight can be taken still.
    std::optional<BatchItem<T>> next() {
        for (;;) {
            switch (cardwire_batch_next(handle_.get(), -1)) {
            case CARDWIRE_BATCH_INPUT:
                if (const std::optional<Error> refused = put()) {
                    std::size_t index;
                    // Where the inputs were ended meanwhile, the batch does not ask for this one any more.
                    if (cardwire_batch_refuse(handle_.get(), &index, nullptr) == CARDWIRE_OK)
                        return BatchItem<T>{index, *refused};
                }
                break;
            case CARDWIRE_BATCH_RESULT: return take();
            default: return std::nullopt;
            }
        }
    }

    /// Takes no further input. The results of calls in flight come still: they may be billed.
    void end_inputs() noexcept { cardwire_batch_end_inputs(handle_.get(), nullptr); }

    /// Each result in turn.
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = BatchItem<T>;
        using difference_type = std::ptrdiff_t;
        using pointer = value_type *;
        using reference = value_type &;

        reference operator*() const { return *batch_->item_; }
        pointer operator->() const { return &**this; }
        Iterator &operator++() {
            batch_->item_ = batch_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator &a, const Iterator &b) { return a.is_over() == b.is_over(); }
        friend bool operator!=(const Iterator &a, const Iterator &b) { return !(a == b); }

    private:
        friend class Batch;
        explicit Iterator(Batch *batch) : batch_(batch) {}
        bool is_over() const { return !batch_ || !batch_->item_; }

        Batch *batch_;
    };

    /// Waits for the next result.
    Iterator begin() { return ++Iterator(this); }
    Iterator end() { return Iterator(nullptr); }

    const cardwire_batch *c_handle() const { return handle_.get(); }

private:
    friend class Client;

    template <class Start>
    static Result<Batch> open(Start start, const cardwire_client *client, Next next, const Options &options,
                              std::size_t concurrency) {
        if (options.error()) return *options.error();
        cardwire_batch *made;
        cardwire_error *error;
        const cardwire_status status =
            start(client, options.c_handle(), concurrency, nullptr, nullptr, &made, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        return Batch(made, std::move(next));
    }

    Batch(cardwire_batch *handle, Next inputs) : handle_(handle), inputs_(std::move(inputs)) {}

    /// Ends the inputs unless one came, whatever left the function that gives them.
    struct LastInput {
        cardwire_batch *batch;
        ~LastInput() { cardwire_batch_end_inputs(batch, nullptr); }
    };

    /// Puts in the next input; says why where it is refused.
    std::optional<Error> put() {
        LastInput last{handle_.get()};
        const std::optional<BatchInput<Input>> input = inputs_();
        if (!input) return std::nullopt;
        last.batch = nullptr;
        const Options options = input->options();
        if (options.error()) return options.error();
        if constexpr (std::is_same_v<Input, Cardholder>) {
            if (input->input.error()) return input->input.error();
        }
        cardwire_error *error;
        const cardwire_status status = give(input->input, options.c_handle(), &error);
        if (status == CARDWIRE_OK) return std::nullopt;
        return Error(status, error);
    }

    cardwire_status give(const Image &image, const cardwire_options *o, cardwire_error **error) {
        cardwire_batch *batch = handle_.get();
        return image.give([&](auto *p, std::size_t n) { return cardwire_batch_put_image(batch, p, n, o, error); },
                          [&](auto *p, std::size_t n) { return cardwire_batch_put_file(batch, p, n, o, error); },
                          [&](auto *p, std::size_t n) { return cardwire_batch_put_url(batch, p, n, o, error); });
    }

    cardwire_status give(const Cardholder &cardholder, const cardwire_options *o, cardwire_error **error) {
        return cardwire_batch_put_cardholder(handle_.get(), cardholder.c_handle(), o, error);
    }

    BatchItem<T> take() {
        if constexpr (std::is_same_v<T, Recognition>) return taken(cardwire_batch_take_recognition);
        else return taken(cardwire_batch_take_verification);
    }

    template <class Handle>
    BatchItem<T> taken(cardwire_status (*function)(cardwire_batch *, std::size_t *, Handle **, cardwire_error **)) {
        std::size_t index;
        Handle *given;
        cardwire_error *error;
        const cardwire_status status = function(handle_.get(), &index, &given, &error);
        if (status != CARDWIRE_OK) return {index, Error(status, error)};
        return {index, T(given)};
    }

    detail::Owned<cardwire_batch> handle_;
    Next inputs_;
    std::optional<BatchItem<T>> item_;
};

} // namespace cardwire

#endif
#endif
