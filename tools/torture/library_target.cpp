// The library under torture, in every kind of segment.

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "lwlock/lwlock.hpp"
#include "tools/torture/target.hpp"

namespace lwlock::torture {
namespace {

void check(Status status, const char* what) {
    if (succeeded(status)) return;
    if (status == Status::system_error) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    throw std::runtime_error(std::string(what) + ": " + describe(status));
}

class LibraryTarget final : public Target {
  public:
    LibraryTarget(const Options& options, std::size_t memory, Futexes futexes)
        : kind_(options.segment), name_("/lwtorture-" + std::to_string(getpid())) {
        // One more for the coordinator, which names the tranche.
        const SpaceOptions wanted{.backends = options.backends() + 1,
                                  .locks = 0,
                                  .user_bytes = memory,
                                  .futexes = futexes};
        create(wanted);
        check(space_.attach(), "attaching");
        check(space_.new_tranche("torture", tranche_), "naming the tranche");
        check(lwlock::detach(), "detaching");
    }
    ~LibraryTarget() override {
        forget_name();
        space_.unmap();
        if (local_memory_ != nullptr) munmap(local_memory_, local_size_);
    }

    void* memory() const override { return space_.user_memory(); }
    void initialise(void* lock) override { at(lock).init(tranche_); }

    // Maps the segment once more, at another address: nothing in it may depend
    // on where it lies.
    void enter_process() override {
        if (kind_ == SegmentKind::memfd) {
            check(LockSpace::open_descriptor(space_.descriptor(), space_),
                  "opening the memory file");
        } else if (kind_ == SegmentKind::named) {
            check(LockSpace::open_named(name_.c_str(), space_), "opening the named segment");
            is_owner_ = false;
        }
    }
    void attach(unsigned /*backend*/) override { check(space_.attach(), "attaching"); }
    void detach() override { check(lwlock::detach(), "detaching"); }

    bool acquire(void* lock, Mode mode) override { return at(lock).acquire(mode); }
    bool try_acquire(void* lock, Mode mode) override { return at(lock).try_acquire(mode); }
    void release(void* lock, Mode /*mode*/) override { at(lock).release(); }

    const LockSpace* space() const override { return &space_; }
    void forget_name() override {
        if (kind_ == SegmentKind::named && is_owner_) LockSpace::unlink_named(name_.c_str());
        is_owner_ = false;
    }

  private:
    static Lock& at(void* lock) { return *static_cast<Lock*>(lock); }

    void create(const SpaceOptions& wanted) {
        switch (kind_) {
            case SegmentKind::anonymous:
                check(LockSpace::create_anonymous(wanted, space_), "creating a lock space");
                break;
            case SegmentKind::memfd:
                check(LockSpace::create_memfd(wanted, space_), "creating a memory file");
                break;
            case SegmentKind::named:
                check(LockSpace::create_named(name_.c_str(), wanted, space_),
                      "creating a named segment");
                is_owner_ = true;
                break;
            case SegmentKind::local: create_local(wanted); break;
        }
    }

    // Only the threads of one process take locks, but the coordinator looks on.
    void create_local(const SpaceOptions& wanted) {
        local_size_ = LockSpace::required_size(wanted);
        local_memory_ =
            mmap(nullptr, local_size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (local_memory_ == MAP_FAILED) {
            throw std::system_error(errno, std::generic_category(), "mapping memory");
        }
        check(LockSpace::create_in(local_memory_, local_size_, false, wanted, space_),
              "creating a lock space");
    }

    const SegmentKind kind_;
    const std::string name_;
    LockSpace space_;
    void* local_memory_ = nullptr;
    std::size_t local_size_ = 0;
    std::uint16_t tranche_ = 0;
    bool is_owner_ = false;  // of the name
};

}  // namespace

std::unique_ptr<Target> make_library_target(const Options& options, std::size_t memory,
                                            Futexes futexes) {
    return std::make_unique<LibraryTarget>(options, memory, futexes);
}

}  // namespace lwlock::torture
