/// \file
/// What a backend does over and over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lwlock::torture {

enum class Role : std::uint8_t {
    reader,    ///< acquires shared
    writer,    ///< acquires exclusively
    trier,     ///< tries to acquire, in either mode
    timed,     ///< acquires with a time-out, in either mode
    canceled,  ///< acquires, in either mode, while others cancel its waits
    waiter,    ///< acquire-or-wait, in either mode
    watcher,   ///< waits for the variable that writers change
};

struct RoleName {
    Role role;
    const char* name;
    const char* option;
    const char* description;
};

inline constexpr std::array<RoleName, 7> kRoles{{
    {Role::reader, "reader", "--readers", "Backends that acquire shared"},
    {Role::writer, "writer", "--writers", "Backends that acquire exclusively"},
    {Role::trier, "trier", "--triers", "Backends that try, in either mode, and never wait"},
    {Role::timed, "timed", "--timed", "Backends that wait with a time-out, in either mode"},
    {Role::canceled, "canceled", "--canceled", "Backends whose waits are cancelled by others"},
    {Role::waiter, "waiter", "--waiters", "Backends that acquire or wait until free"},
    {Role::watcher, "watcher", "--watchers", "Backends that wait for a variable to change"},
}};

constexpr std::size_t index_of(Role role) { return static_cast<std::size_t>(role); }
constexpr const char* name_of(Role role) { return kRoles[index_of(role)].name; }

}  // namespace lwlock::torture
