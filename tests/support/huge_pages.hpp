/// \file
/// Huge pages for a test that needs some.
#pragma once

namespace lwlock::tests {

/// Has the kernel keep a number of free huge pages of 2 MiB, if it lets; gives
/// back what it added.
class HugePages {
  public:
    explicit HugePages(long count);
    ~HugePages();
    HugePages(const HugePages&) = delete;
    HugePages& operator=(const HugePages&) = delete;

    bool there() const;

  private:
    long wanted_;
    long added_ = 0;
};

}  // namespace lwlock::tests
