// Scenario `uncontended`: what one acquire and one release cost when nobody
// else wants the lock. Names: uncontended/<implementation>/<mode>.

#include <benchmark/benchmark.h>

#include <string>

#include "bench/implementations/peers.hpp"
#include "bench/support/google_benchmark.hpp"

namespace lwlock::bench {
namespace {

// Somebody else's code between acquire and release: the compiler may not merge
// the two, nor keep anything of the lock in registers.
void somebody_else() { benchmark::ClobberMemory(); }

template <Implementation I, Mode kMode>
void run(benchmark::State& state) {
    typename I::World world(1, sizeof(typename I::Lock));
    auto& lock = *static_cast<typename I::Lock*>(world.user_memory());
    I::init(lock);
    world.attach(0);
    for (auto _ : state) {
        I::acquire(lock, kMode);
        somebody_else();
        I::release(lock, kMode);
        somebody_else();
    }
    world.detach();
    state.SetItemsProcessed(state.iterations());
}

void register_all() {
    for_each_implementation(AllImplementations{}, []<Implementation I>() {
        const std::string name = std::string("uncontended/") + I::kName;
        benchmark::RegisterBenchmark((name + "/shared").c_str(), run<I, Mode::shared>);
        benchmark::RegisterBenchmark((name + "/exclusive").c_str(), run<I, Mode::exclusive>);
    });
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    lwlock::bench::register_all();
    return lwlock::bench::run_registered(argc, argv);
}
