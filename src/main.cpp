// The command line. Each command opens the engine, does one thing and says how it went.
#include <fmt/format.h>

#include "cli/shell.hpp"
#include "cli/version.hpp"
#include "platform/db/database.hpp"

int main(int argc, char** argv) {
    using namespace perennial;
    CLI::App app{"Perennial: customer loyalty that a shop runs itself"};
    app.set_version_flag("--version", cli::version);
    cli::Shell shell(app);
    cli::add_serving(shell);
    cli::add_apply(shell);
    cli::add_transfer(shell);
    cli::add_ledger(shell);
    cli::add_projects(shell);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const db::Failure& failure) {
        fmt::print(stderr, "perennial: {}\n", failure.what());
        return 1;
    } catch (const std::exception& broken) {
        fmt::print(stderr, "perennial: {}\n", broken.what());
        return 70;
    }
    return shell.code;
}
