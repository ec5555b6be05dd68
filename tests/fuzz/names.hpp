/// \file
/// The tranches of one space, as calls and as a reference model of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "input.hpp"
#include "lwlock/space.hpp"

namespace lwlock::tests::fuzz {

class NameModel {
  public:
    /// Makes one call that concerns tranches of `space` and checks its answer.
    /// `attached`: whether the calling thread is a backend of this space.
    void one_call(Input& input, const LockSpace& space, bool attached);

  private:
    struct Tranche {
        std::uint16_t id;
        std::uint32_t locks;
    };

    Status expected_of_new(const std::string& name, std::uint32_t locks, bool attached) const;
    void define_new(Input& input, const LockSpace& space, bool attached);
    void define_numbered(Input& input, const LockSpace& space, bool attached);
    void look_up(Input& input, const LockSpace& space) const;
    void look_up_locks(Input& input, const LockSpace& space) const;

    std::map<std::string, Tranche> by_name_;
    std::map<std::uint16_t, std::string> by_id_;
    std::uint32_t locks_used_ = 0;
};

}  // namespace lwlock::tests::fuzz
