/// \file
/// An object in memory that the processes forked later share.
#pragma once

#include <sys/mman.h>

#include <new>
#include <system_error>

namespace lwlock::tests {

/// Holds a T in anonymous shared memory. Only the mapping is undone at the
/// end: T's destructor does not run, for other processes may be using it.
template <class T>
class SharedBlock {
  public:
    template <class... Arguments>
    explicit SharedBlock(Arguments... arguments) {
        void* memory =
            mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::system_error(errno, std::generic_category(), "mmap of shared memory");
        }
        object_ = new (memory) T(arguments...);
    }
    ~SharedBlock() { munmap(object_, sizeof(T)); }
    SharedBlock(const SharedBlock&) = delete;
    SharedBlock& operator=(const SharedBlock&) = delete;

    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }

  private:
    T* object_;
};

}  // namespace lwlock::tests
