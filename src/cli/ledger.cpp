#include <fmt/format.h>

#include <fstream>

#include "app/local_api.hpp"
#include "app/verify.hpp"
#include "cli/shell.hpp"
#include "modules/customers/store.hpp"
#include "modules/ledger/model.hpp"

namespace perennial::cli {
namespace {

int verify_command(const CommandLine& line, const std::string& write, const std::string& against) {
    std::string old;
    if (!against.empty()) {
        auto content = read_file(against);
        if (!content) return fail(content.error());
        old = *content;
    }
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    const app::Verdict verdict = app::verify(opened->engine->database(), old);
    fmt::print("{} cards, {} entries, {} points, {} pending\n", verdict.cards, verdict.entries,
               verdict.points, verdict.pending);
    for (const std::string& finding : verdict.findings) fmt::print("  {}\n", finding);
    if (!write.empty()) std::ofstream(write, std::ios::binary) << verdict.checkpoint;
    if (verdict.holds()) {
        fmt::print("The ledger holds.\n");
        return 0;
    }
    fmt::print("The ledger does NOT hold: {} findings.\n", verdict.findings_count);
    return 2;
}

// The id of a customer's oldest card; nothing when there is no such customer or card.
std::optional<std::string> card_of_customer(app::Engine& engine, projects::ProjectNumber number,
                                            const std::string& id_or_source) {
    std::optional<std::string> out;
    engine.database().read([&](db::Tx& tx) {
        const auto customer = customers::load_customer(tx, number, id_or_source);
        if (customer && !customer->cards.empty())
            out = ledger::CardId(customer->cards.front().card).text();
    });
    return out;
}

int statement_command(const CommandLine& line, const std::string& member, const std::string& at) {
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    app::LocalApi api(*opened->engine, project->number);
    std::string card = member;
    // A customer's id or source id will do: their oldest card.
    if (auto found = card_of_customer(*opened->engine, project->number, member)) card = *found;
    std::string target =
        "/v1/loyalties/members/" + http::percent_encode(card) + "/statement?format=text";
    if (!at.empty()) target += "&at=" + http::percent_encode(at);
    const http::Response response = api.call(http::Method::get, target);
    fmt::print("{}", response.body);
    if (response.status >= 300) fmt::print("\n");
    return response.status < 300 ? 0 : 1;
}

}  // namespace

void add_ledger(Shell& shell) {
    struct Proof {
        std::string checkpoint;
        std::string against;
    };
    const auto proof = std::make_shared<Proof>();
    CLI::App* verify = shell.app.add_subcommand("verify", "Prove the ledger from its entries");
    verify->add_option("--checkpoint", proof->checkpoint,
                       "Write the hashes of all cards' heads here");
    verify->add_option("--against", proof->against, "Compare with such a file");
    shell.on(verify, [proof](const CommandLine& line) {
        return verify_command(line, proof->checkpoint, proof->against);
    });

    struct Wish {
        std::string member;
        std::string at;
    };
    const auto wish = std::make_shared<Wish>();
    CLI::App* statement = shell.app.add_subcommand("statement", "A member's statement");
    statement
        ->add_option("member", wish->member,
                     "Card code, card id, or the customer's id or source id")
        ->required();
    statement->add_option("--at", wish->at, "Balance as of this date");
    shell.on(statement, [wish](const CommandLine& line) {
        return statement_command(line, wish->member, wish->at);
    });
}

}  // namespace perennial::cli
