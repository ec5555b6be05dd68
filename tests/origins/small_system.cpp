#include "tests/origins/small_system.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace lwlock::tests {
namespace {

void check(bool done, const char* what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void write_file(const char* path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    check(static_cast<bool>(file), path);
}

// Inside, the user is root, who may mount and set limits there.
void become_root_of_namespace(uid_t user, gid_t group) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
    write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

}  // namespace

void enter_small_system() {
    const uid_t user = geteuid();
    const gid_t group = getegid();
    const int own = CLONE_NEWIPC | CLONE_NEWNS | (user == 0 ? 0 : CLONE_NEWUSER);
    check(unshare(own) == 0, "an own IPC namespace");
    if (user != 0) become_root_of_namespace(user, group);
    check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "an own mount tree");
    check(mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=512k,nr_inodes=41") == 0, "an own /dev/shm");
    write_file("/proc/sys/kernel/sem", "250 170 32 10");
}

Leftovers Leftovers::now() {
    Leftovers found;
    std::ifstream sets("/proc/sysvipc/sem");
    std::string line;
    std::getline(sets, line);  // the heading
    while (std::getline(sets, line)) ++found.semaphore_sets;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
        found.files.push_back(entry.path().filename());
    }
    return found;
}

std::string Leftovers::describe() const {
    if (none()) return "nothing";
    std::string text;
    if (semaphore_sets != 0) text = std::to_string(semaphore_sets) + " semaphore sets";
    if (!files.empty()) {
        text += (text.empty() ? "" : ", ") + std::to_string(files.size()) + " files in /dev/shm";
    }
    return text;
}

}  // namespace lwlock::tests
