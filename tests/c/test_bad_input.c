/* Bad input to every public function: a status or an absent value, an error that names the argument,
   and no connection. The functions covered are compared with the list of exported ones. */
#include "bad_input/bad_input.h"

int main(void) {
    sandbox_start();
    start();
    long connections = sandbox_connections(), requests = sandbox_requests();
    CHECK(connections > 0 && requests > 0);

    free_what_is_not_live();
    accessors();
    names();
    clients();
    providers();
    options_and_the_like();
    cardholders();
    calls();
    values();
    starts();
    values_of_starts();
    batches();
    journals();
    local_checks();
    compare_with_the_exported_ones();

    CHECK_IS(sandbox_connections(), connections);
    CHECK_IS(sandbox_requests(), requests);
    end();
    return checks_end();
}
