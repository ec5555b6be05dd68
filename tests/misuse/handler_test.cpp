// The misuse handler: what it is told, replacing it, and the default.

#include <gtest/gtest.h>
#include <setjmp.h>

#include <cstring>
#include <set>
#include <string>

#include "lwlock/lwlock.hpp"
#include "tests/support/local_space.hpp"
#include "tests/support/misuse_capture.hpp"

namespace lwlock::tests {
namespace {

TEST(Handler, IsToldWhoDidWhatToWhich) {
    const LockSpace space = private_space();
    std::uint16_t tranche = 0;
    ASSERT_EQ(space.new_tranche("buffer content", tranche), Status::ok);
    Lock lock;
    lock.init(tranche);
    lock.acquire(Mode::shared);
    const MisuseCapture capture;
    try {
        lock.acquire(Mode::exclusive);
        FAIL() << "not refused";
    } catch (const MisuseError& error) {
        EXPECT_EQ(error.misuse().error, Status::self_deadlock);
        EXPECT_STREQ(error.misuse().operation, "acquire");
        EXPECT_EQ(error.misuse().lock, &lock);
        EXPECT_EQ(error.misuse().tranche, tranche);
        EXPECT_EQ(error.tranche_name(), "buffer content");
        EXPECT_EQ(error.misuse().mode, Mode::exclusive);
        EXPECT_EQ(error.misuse().backend, my_backend());
        const std::string line = error.what();
        for (const std::string& part :
             {std::string("lwlock: "), std::string("acquire"), std::string("buffer content"),
              std::to_string(tranche), std::string("exclusive"),
              "backend " + std::to_string(my_backend())}) {
            EXPECT_NE(line.find(part), std::string::npos) << part << " is missing in: " << line;
        }
        EXPECT_EQ(line.find('\n'), std::string::npos);
    }
    lock.release();
}

TEST(Handler, NamesTheModeAskedFor) {
    Lock lock;
    lock.acquire(Mode::exclusive);
    const MisuseCapture capture;
    try {
        lock.acquire(Mode::shared);
        FAIL() << "not refused";
    } catch (const MisuseError& error) {
        EXPECT_EQ(error.misuse().mode, Mode::shared);
        EXPECT_NE(std::string(error.what()).find("shared"), std::string::npos);
    }
    lock.release();
}

TEST(Handler, IsReplacedAndRestored) {
    static int calls;
    const auto counting = [](const Misuse& misuse) {
        ++calls;
        throw MisuseError(misuse);
    };
    EXPECT_EQ(set_misuse_handler(counting), nullptr);
    Lock lock;
    EXPECT_THROW(lock.release(), MisuseError);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(set_misuse_handler(nullptr), counting);
    EXPECT_EQ(set_misuse_handler(nullptr), nullptr);
}

TEST(Handler, MayLeaveByLongjmp) {
    static jmp_buf back;
    set_misuse_handler([](const Misuse&) { longjmp(back, 1); });
    static Lock lock;
    if (setjmp(back) == 0) {
        lock.release();
        ADD_FAILURE() << "not refused";
    }
    set_misuse_handler(nullptr);
    lock.acquire(Mode::exclusive);
    lock.release();
    EXPECT_EQ(lock.state_word(), 0u);
}

TEST(Handler, FormatsIntoSmallBuffersLikeSnprintf) {
    const MisuseCapture capture;
    Lock lock;
    try {
        lock.release();
        FAIL() << "not refused";
    } catch (const MisuseError& error) {
        Misuse misuse = error.misuse();
        misuse.tranche_name = "x";
        const int needed = format_misuse(misuse, nullptr, 0);
        ASSERT_GT(needed, 20);
        char small[20];
        std::memset(small, 'z', sizeof small);
        EXPECT_EQ(format_misuse(misuse, small, 10), needed);
        EXPECT_EQ(std::strlen(small), 9u);
        EXPECT_EQ(small[10], 'z');
        std::string whole(static_cast<std::size_t>(needed) + 1, '\0');
        EXPECT_EQ(format_misuse(misuse, whole.data(), whole.size()), needed);
        EXPECT_EQ(std::strlen(whole.c_str()), static_cast<std::size_t>(needed));
    }
}

TEST(Handler, EveryStatusHasItsOwnWords) {
    std::set<std::string> sentences;
    for (int status = -44; status <= 1; ++status) {
        const char* const text = describe(static_cast<Status>(status));
        ASSERT_NE(text, nullptr);
        sentences.insert(text);
    }
    EXPECT_EQ(sentences.size(), 27u) << "26 statuses, and the words for a number that is none";
    EXPECT_STREQ(name_of(Mode::shared), "shared");
    EXPECT_STREQ(name_of(Mode::exclusive), "exclusive");
}

class DefaultHandler : public testing::Test {
  protected:
    DefaultHandler() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using DefaultHandlerDeathTest = DefaultHandler;

TEST_F(DefaultHandlerDeathTest, PrintsOneLineAndAborts) {
    Lock lock;
    lock.init(77);
    EXPECT_EXIT(lock.release(), testing::KilledBySignal(SIGABRT),
                "^lwlock: release of lock 0x[0-9a-f]+ \\(tranche 77 \"tranche 77\", .*\\) by an "
                "unattached thread: .*\n$");
    EXPECT_EXIT(
        {
            lock.acquire(Mode::exclusive);
            lock.acquire(Mode::shared);
        },
        testing::KilledBySignal(SIGABRT), "^lwlock: acquire of lock .* by backend 0: .*\n$");
}

TEST_F(DefaultHandlerDeathTest, AHandlerThatReturnsAbortsToo) {
    EXPECT_EXIT(
        {
            set_misuse_handler([](const Misuse&) { fputs("told\n", stderr); });
            Lock lock;
            lock.release();
        },
        testing::KilledBySignal(SIGABRT), "^told\n$");
}

}  // namespace
}  // namespace lwlock::tests
