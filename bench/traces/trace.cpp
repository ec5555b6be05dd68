#include "bench/traces/trace.hpp"

#include <lzma.h>

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lwlock::bench {
namespace {

constexpr std::string_view kHeader = "backend,relation,fork,block";
constexpr std::uint32_t kMaxBackends = 1 << 18;

std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream.is_open() || stream.bad()) throw std::runtime_error("cannot be read");
    return bytes;
}

std::string unpacked(const std::string& packed) {
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED) != LZMA_OK) {
        throw std::runtime_error("liblzma has no memory for a decoder");
    }
    stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
    stream.avail_in = packed.size();
    std::string text;
    std::array<char, 1 << 16> chunk;
    lzma_ret result;
    do {
        stream.next_out = reinterpret_cast<std::uint8_t*>(chunk.data());
        stream.avail_out = chunk.size();
        result = lzma_code(&stream, LZMA_FINISH);
        text.append(chunk.data(), chunk.size() - stream.avail_out);
    } while (result == LZMA_OK);
    lzma_end(&stream);
    if (result != LZMA_STREAM_END) throw std::runtime_error("not an xz file, or a damaged one");
    return text;
}

/// Cuts the first line off `text`.
std::string_view next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

bool parse(std::string_view line, std::array<std::uint32_t, 4>& fields) {
    const char* at = line.data();
    const char* const end = at + line.size();
    for (std::uint32_t& field : fields) {
        if (&field != fields.data() && (at == end || *at++ != ',')) return false;
        const auto [stop, error] = std::from_chars(at, end, field);
        if (error != std::errc()) return false;
        at = stop;
    }
    return at == end;
}

Trace parse_trace(std::string_view text) {
    if (next_line(text) != kHeader) {
        throw std::runtime_error("line 1: not the header " + std::string(kHeader));
    }
    std::vector<std::vector<Access>> of_backend;
    for (std::size_t number = 2; !text.empty(); ++number) {
        std::array<std::uint32_t, 4> fields;
        if (!parse(next_line(text), fields) || fields[0] >= kMaxBackends) {
            throw std::runtime_error("line " + std::to_string(number) + ": not an access");
        }
        if (fields[0] >= of_backend.size()) of_backend.resize(fields[0] + 1);
        of_backend[fields[0]].push_back({fields[1], fields[2], fields[3]});
    }
    Trace trace{.backends = static_cast<unsigned>(of_backend.size()), .accesses = {}};
    for (const std::vector<Access>& accesses : of_backend) {
        trace.accesses.insert(trace.accesses.end(), accesses.begin(), accesses.end());
    }
    if (trace.accesses.empty()) throw std::runtime_error("no accesses");
    return trace;
}

}  // namespace

Trace load_trace(const std::filesystem::path& file) {
    try {
        return parse_trace(unpacked(read_file(file)));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("trace " + file.string() + ": " + error.what());
    }
}

}  // namespace lwlock::bench
