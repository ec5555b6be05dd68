#include "tools/torture/target.hpp"

#include <stdexcept>
#include <type_traits>

#include "bench/implementations/registry.hpp"

namespace lwlock::torture {
namespace {

// An implementation of the benchmarks, as a target.
template <class I>
class BenchTarget final : public Target {
  public:
    BenchTarget(unsigned backends, std::size_t memory) : world_(backends, memory) {}

    void* memory() const override { return world_.user_memory(); }
    void initialise(void* lock) override { I::init(at(lock)); }
    void attach(unsigned backend) override { world_.attach(backend); }
    void detach() override { world_.detach(); }
    bool acquire(void* lock, Mode mode) override { return I::acquire(at(lock), mode); }
    bool try_acquire(void* lock, Mode mode) override { return I::try_acquire(at(lock), mode); }
    void release(void* lock, Mode mode) override { I::release(at(lock), mode); }

  private:
    using BenchLock = typename I::Lock;
    static BenchLock& at(void* lock) { return *static_cast<BenchLock*>(lock); }

    typename I::World world_;
};

template <class I>
constexpr bool kIsLibrary =
    std::is_same_v<I, bench::Futex> || std::is_same_v<I, bench::FutexEmulated>;

template <class I>
std::unique_ptr<Target> make_target(const Options& options, std::size_t memory) {
    if constexpr (kIsLibrary<I>) {
        return make_library_target(options, memory, I::kFutexes);
    } else {
        return std::make_unique<BenchTarget<I>>(options.backends(), memory);
    }
}

std::vector<TargetKind> list_kinds() {
    std::vector<TargetKind> kinds;
    bench::for_each_implementation([&]<class I>() {
        kinds.push_back({.name = I::kName,
                         .processes = I::kProcesses,
                         .excludes = I::kExcludes,
                         .is_library = kIsLibrary<I>,
                         .lock_size = sizeof(typename I::Lock),
                         .make = make_target<I>});
    });
    return kinds;
}

}  // namespace

const std::vector<TargetKind>& target_kinds() {
    static const std::vector<TargetKind> kinds = list_kinds();
    return kinds;
}

const TargetKind& find_target_kind(const std::string& name) {
    std::string names;
    for (const TargetKind& kind : target_kinds()) {
        if (kind.name == name) return kind;
        names += (names.empty() ? "" : ", ") + kind.name;
    }
    throw std::runtime_error("no implementation is named '" + name + "'; there are " + names);
}

}  // namespace lwlock::torture
