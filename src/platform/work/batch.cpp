#include "platform/work/batch.hpp"

namespace perennial::work {

namespace {

/// Loading or saving a set may make sets of a higher rank: they are found as they come.
template <class Sets, class Done, class Step>
void by_rank(Sets& sets, Done done, Step step) {
    for (;;) {
        typename Sets::mapped_type::element_type* next = nullptr;
        std::type_index type = typeid(void);
        for (auto& [candidate_type, slot] : sets) {
            if (done(*slot)) continue;
            if (next != nullptr &&
                (next->rank < slot->rank || (next->rank == slot->rank && type < candidate_type))) {
                continue;
            }
            next = slot.get();
            type = candidate_type;
        }
        if (next == nullptr) return;
        step(*next);
    }
}

}  // namespace

void Batch::load() {
    ++pass_;
    by_rank(
        sets_, [&](const Slot& slot) { return slot.pass == pass_; },
        [&](Slot& slot) {
            slot.pass = pass_;
            slot.load(*this);
        });
}

void Batch::save() {
    ++pass_;
    by_rank(
        sets_, [&](const Slot& slot) { return slot.pass == pass_; },
        [&](Slot& slot) {
            slot.pass = pass_;
            slot.save(*this);
        });
}

}  // namespace perennial::work
