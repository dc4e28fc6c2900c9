#include "app/verify.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <sstream>

#include "modules/ledger/store.hpp"
#include "modules/ledger/totals.hpp"
#include "modules/projects/store.hpp"
#include "modules/rewards/audit.hpp"
#include "modules/sums/store.hpp"

namespace perennial::app {
namespace {

using ledger::Card;
using ledger::Entry;

std::string hex(std::string_view bytes) {
    std::string out;
    for (unsigned char c : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", c);
    return out;
}

std::string sha256(std::string_view bytes) {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

struct Program {
    projects::ProjectNumber project;
    ledger::ProgramId id;
    auto operator<=>(const Program&) const = default;
};
using Sums = std::map<std::string, std::int64_t>;

// Without the months: for programs that have postings from before these were kept.
Sums by_kind(const Sums& sums) {
    Sums out;
    for (const auto& [name, total] : sums)
        if (name.starts_with("ledger.")) out[name.substr(0, name.find('@'))] += total;
    return out;
}

class Verifier {
  public:
    Verifier(Verdict& verdict, db::Tx& tx) : verdict_(verdict) {
        for (const projects::Project& project : projects::list_projects(tx))
            if (auto zone = TimeZone::find(project.settings.time_zone))
                zones_.emplace(project.number, *std::move(zone));
    }

    void card(const Card& card) {
        ++verdict_.cards;
        verdict_.points += card.balance.value;
        verdict_.pending += card.pending.value;
        Figures& figures = figures_[{card.project, card.program}];
        figures.balance += card.balance.value;
        figures.pending += card.pending.value;
        rows_.emplace(std::pair(card.project, card.id), card);
    }

    void entry(projects::ProjectNumber project, const Entry& e, std::string_view steps) {
        ++verdict_.entries;
        const auto key = std::pair(project, e.card);
        if (key != current_) {
            finish();
            current_ = key;
            fold_ = Card();
            fold_.project = project;
            fold_.id = e.card;
            fold_.program = e.program;
            broken_ = false;
        }
        if (broken_) return;
        auto wrong = [&](std::string what) {
            broken_ = true;
            finding(fmt::format("card {}, entry {} (number {}): {}", e.card.text(), e.id.text(),
                                e.seq, what));
        };
        if (e.seq != fold_.seq + 1)
            return wrong(fmt::format("entry {} is missing", fold_.seq + 1));
        if (e.previous != fold_.head) return wrong("does not follow the entry before it");
        if (e.hash != ledger::entry_hash(e, steps, fold_.head_hash))
            return wrong("its hash does not match its content");
        const auto gone = ledger::outflows(e, fold_);
        try {
            ledger::apply(e, fold_);
        } catch (const InvariantBroken& why) {
            return wrong(fmt::format("its lots do not add up ({})", why.what()));
        }
        if (e.balance != fold_.balance)
            return wrong(fmt::format("says the balance is {}, the entries make it {}",
                                     e.balance.value, fold_.balance.value));
        if (e.credited != fold_.credited)
            return wrong(fmt::format("says {} were credited, the entries make it {}",
                                     e.credited.value, fold_.credited.value));
        fold_.seq = e.seq;
        fold_.head = e.id;
        fold_.head_hash = e.hash;
        const TimeZone& zone = zones_[project];
        Sums& sums = figures_[{project, e.program}].sums;
        const std::string month = ledger::month_of(e.effective_at, zone);
        if (const std::string name = ledger::sum_name(e.kind, month); !name.empty())
            sums[name] += ledger::sum_of(e);
        for (const ledger::LotOutflow& one : gone)
            sums[ledger::cohort_name(one.what, ledger::month_of(one.earned_at, zone), month)] +=
                one.points;
    }

    // The last card of a bucket, cards without entries, and the bucket's line of the checkpoint.
    void finish_bucket(std::int64_t bucket) {
        finish();
        current_ = {};
        fold_ = Card();
        broken_ = false;
        std::string heads;
        std::size_t count = 0;
        for (const auto& [key, row] : rows_) {
            if (!seen_.contains(key) && (row.seq != 0 || !row.balance.is_zero()))
                finding(fmt::format("card {}: its row says {} entries, there are none",
                                    row.id.text(), row.seq));
            heads += row.id.view();
            heads += row.head_hash;
            ++count;
        }
        verdict_.checkpoint += fmt::format("{} {} {}\n", bucket, count, hex(sha256(heads)));
        rows_.clear();
        seen_.clear();
    }

    // The kept sums of each program, name by name, and that they make what the cards hold.
    void finish_all(db::Tx& tx) {
        for (auto& [program, figures] : figures_) {
            Sums stored;
            for (const std::string_view prefix : {"ledger.", "cohort."})
                for (auto& [name, total] :
                     sums::list(tx, program.project, prefix, program.id))
                    stored.emplace(std::move(name), total);
            const ledger::Totals totals = ledger::totals(tx, program.project, program.id);
            const bool has_older = std::ranges::any_of(stored, [](const auto& sum) {
                return sum.first.ends_with(ledger::before_months);
            });
            compare(program.id, has_older ? by_kind(stored) : stored,
                    has_older ? by_kind(figures.sums) : figures.sums);
            if (totals.spendable() != figures.balance || totals.pending() != figures.pending)
                finding(fmt::format("program {}: the sums make {} points and {} pending, the cards "
                                    "hold {} and {}",
                                    program.id.text(), totals.spendable(), totals.pending(),
                                    figures.balance, figures.pending));
        }
    }

  private:
    void compare(const ledger::ProgramId& program, const Sums& stored, const Sums& made) {
        Sums all = stored;
        all.insert(made.begin(), made.end());
        auto of = [](const Sums& sums, const std::string& name) {
            const auto found = sums.find(name);
            return found == sums.end() ? 0 : found->second;
        };
        for (const auto& [name, total] : all)
            if (of(stored, name) != of(made, name))
                finding(fmt::format("program {}: the sum {} says {}, the entries make it {}",
                                    program.text(), name, of(stored, name), of(made, name)));
    }

    void finding(std::string text) {
        ++verdict_.findings_count;
        if (verdict_.findings.size() < 100) verdict_.findings.push_back(std::move(text));
    }

    void finish() {
        if (fold_.seq == 0 && !broken_) return;
        seen_.insert(current_);
        const auto found = rows_.find(current_);
        if (found == rows_.end())
            return finding(fmt::format("card {} has entries but no row", fold_.id.text()));
        if (broken_) return;
        const Card& row = found->second;
        auto differs = [&](std::string_view what, std::int64_t says, std::int64_t makes) {
            if (says != makes)
                finding(fmt::format("card {}: its row says {} {}, its entries make it {}",
                                    row.id.text(), what, says, makes));
        };
        differs("balance", row.balance.value, fold_.balance.value);
        differs("pending", row.pending.value, fold_.pending.value);
        differs("credited", row.credited.value, fold_.credited.value);
        differs("redeemed", row.redeemed.value, fold_.redeemed.value);
        differs("expired", row.expired.value, fold_.expired.value);
        differs("subtracted", row.subtracted.value, fold_.subtracted.value);
        differs("debt", row.debt.value, fold_.debt.value);
        differs("entries", row.seq, fold_.seq);
        if (row.head_hash != fold_.head_hash)
            finding(fmt::format("card {}: its row leads to another head than its entries",
                                row.id.text()));
        if (ledger::pack_lots(row.lots) != ledger::pack_lots(fold_.lots))
            finding(fmt::format("card {}: its lots are not those its entries make",
                                row.id.text()));
        if (row.idle_until != fold_.idle_until)
            finding(fmt::format("card {}: its end by inactivity is not the one its entries make",
                                row.id.text()));
        if (row.tier != fold_.tier)
            finding(fmt::format("card {}: its tier is not the one its entries note",
                                row.id.text()));
    }

    Verdict& verdict_;
    std::map<std::pair<projects::ProjectNumber, ledger::CardId>, Card> rows_;
    std::set<std::pair<projects::ProjectNumber, ledger::CardId>> seen_;
    std::pair<projects::ProjectNumber, ledger::CardId> current_{};
    Card fold_;
    bool broken_ = false;
    struct Figures {
        Sums sums;
        std::int64_t balance = 0;
        std::int64_t pending = 0;
    };
    std::map<Program, Figures> figures_;
    std::map<projects::ProjectNumber, TimeZone> zones_;
};

}  // namespace

Verdict verify(db::Database& database, const std::string& against) {
    Verdict verdict;
    // One snapshot for all: figures of different moments would not add up.
    database.read([&](db::Tx& tx) {
        Verifier verifier(verdict, tx);
        for (std::int64_t bucket = 0; bucket < tx.buckets(); ++bucket) {
            ledger::scan_cards(tx, bucket, [&](const Card& card) { verifier.card(card); });
            ledger::scan_entries(tx, bucket,
                                 [&](projects::ProjectNumber project, const Entry& entry,
                                     std::string_view steps) {
                                     verifier.entry(project, entry, steps);
                                 });
            verifier.finish_bucket(bucket);
        }
        verifier.finish_all(tx);
        rewards::audit(tx, [&](std::string text) {
            ++verdict.findings_count;
            if (verdict.findings.size() < 100) verdict.findings.push_back(std::move(text));
        });
    });
    if (!against.empty() && against != verdict.checkpoint) {
        std::istringstream old_lines(against);
        std::istringstream new_lines(verdict.checkpoint);
        std::string old_line;
        std::string new_line;
        while (std::getline(old_lines, old_line)) {
            new_line.clear();
            std::getline(new_lines, new_line);
            if (old_line != new_line) {
                ++verdict.findings_count;
                verdict.findings.push_back(fmt::format(
                    "the checkpoint says bucket '{}', the database '{}'", old_line, new_line));
            }
        }
    }
    return verdict;
}

}  // namespace perennial::app
