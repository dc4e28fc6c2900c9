#include "modules/rewards/model.hpp"

#include <algorithm>

namespace perennial::rewards {

const Reward* Rewards::find(const RewardId& id) const {
    const auto found = std::ranges::find(all, id, &Reward::id);
    return found == all.end() ? nullptr : &*found;
}

const Assignment* Rewards::find_assignment(const AssignmentId& id) const {
    const auto found = std::ranges::find(assignments, id, &Assignment::id);
    return found == assignments.end() ? nullptr : &*found;
}

const Assignment* Rewards::assigned(const campaigns::ProgramId& program,
                                    const RewardId& reward) const {
    const auto found = std::ranges::find_if(assignments, [&](const Assignment& assignment) {
        return assignment.program == program && assignment.reward == reward;
    });
    return found == assignments.end() ? nullptr : &*found;
}

const Assignment* Rewards::automatic(const campaigns::ProgramId& program) const {
    const auto found = automatics.find(program);
    return found == automatics.end() ? nullptr : &assignments[found->second];
}

}  // namespace perennial::rewards
