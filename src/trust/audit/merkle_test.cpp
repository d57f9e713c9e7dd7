#include "trust/audit/merkle.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>

#include "base/json.h"

namespace fovea::audit {
namespace {

std::string hex(const Digest& digest) {
  return to_hex(bytes_of(digest));
}

std::vector<Digest> decimal_leaves(size_t count) {
  std::vector<Digest> out;
  for (size_t i = 0; i < count; ++i) out.push_back(leaf_hash(std::to_string(i)));
  return out;
}

TEST(Merkle, HashesOfRfc6962) {
  EXPECT_EQ(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(leaf_hash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(hex(leaf_hash("L123456")), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  std::string node = std::string(1, '\1') + "N123N456";  // the known node hash is over short strings
  EXPECT_EQ(hex(sha256(node)), "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
  Digest a = sha256("a"), b = sha256("b");
  EXPECT_EQ(node_hash(a, b), sha256(std::string(1, '\1') + std::string(bytes_of(a)) + std::string(bytes_of(b))));
}

TEST(Merkle, TheClassicTreeOfEight) {
  const char* leaves[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Tree tree;
  for (size_t i = 0; i < 8; ++i) {
    tree.append(leaf_hash(*from_hex(leaves[i])));
    EXPECT_EQ(hex(tree.root()), roots[i]) << i + 1;
  }
}

TEST(Merkle, RootsOfDecimalLeaves) {
  std::map<size_t, std::string> roots = {{255, "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb"},
                                         {256, "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1"},
                                         {257, "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4"},
                                         {1000, "638afa98022925bacfddadb15ef22fd0199c1ac99c2973b6158243d13fce05c2"},
                                         {65536, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b"},
                                         {70000, "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"}};
  Tree tree;
  for (const Digest& leaf : decimal_leaves(70000)) {
    tree.append(leaf);
    if (auto known = roots.find(tree.size()); known != roots.end()) {
      EXPECT_EQ(hex(tree.root()), known->second) << tree.size();
      roots.erase(known);
    }
  }
  EXPECT_TRUE(roots.empty());
}

TEST(Merkle, EveryProofOfSmallTreesVerifiesAndNoneVerifiesAnythingElse) {
  std::vector<Digest> leaves = decimal_leaves(20);
  for (uint64_t size = 1; size <= leaves.size(); ++size) {
    NodeReader nodes = reader_of(leaves);
    Digest root = *root_at(size, nodes);
    for (uint64_t i = 0; i < size; ++i) {
      auto proof = prove_inclusion(i, size, nodes);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(verify_inclusion(i, size, leaves[i], *proof, root));
      EXPECT_FALSE(verify_inclusion(i, size, sha256("another"), *proof, root));
      EXPECT_FALSE(verify_inclusion(i + 1, size, leaves[i], *proof, root));
      std::vector<Digest> longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(verify_inclusion(i, size, leaves[i], longer, root));
    }
    for (uint64_t old = 1; old <= size; ++old) {
      auto proof = prove_consistency(old, size, nodes);
      ASSERT_TRUE(proof);
      Digest before = *root_at(old, nodes);
      EXPECT_TRUE(verify_consistency(old, size, before, root, *proof)) << old << " " << size;
      EXPECT_FALSE(verify_consistency(old, size, sha256("fork"), root, *proof));
      EXPECT_FALSE(verify_consistency(old, size, before, sha256("fork"), *proof));
    }
    EXPECT_FALSE(prove_inclusion(size, size, nodes));
    EXPECT_FALSE(prove_consistency(0, size, nodes));
    EXPECT_FALSE(verify_consistency(0, size, empty_root(), root, {}));
  }
}

// A hash of the vectors. Some are words of another length, which stand for a hash that equals only itself; none at all
// can't even be said in our types, and is refused by that.
Digest hash_of(const Json& text, bool& well_formed) {
  std::string bytes = from_base64(text_or(text, "")).value_or("");
  well_formed = well_formed && !bytes.empty();
  if (bytes.size() != 32) return sha256(bytes);
  Digest out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

TEST(MerkleRealdata, TheVectorsOfTransparencyDev) {
  std::ifstream in("../shared/data/merkle_vectors/vectors.jsonl");
  if (!in) {
    std::cout << "skipped: no ../shared/data\n";
    GTEST_SKIP();
  }
  size_t inclusion = 0, consistency = 0;
  for (std::string line; std::getline(in, line);) {
    auto json = parse_json(line);
    ASSERT_TRUE(json);
    std::string_view kind = text_or(member(*json, "kind"), "");
    if (kind != "inclusion" && kind != "consistency") continue;
    bool want_error = member(*json, "wantErr").get_bool();
    std::vector<Digest> proof;
    bool well_formed = true;
    if (const auto* list = member(*json, "proof").if_array()) {
      for (const Json& each : *list) proof.push_back(hash_of(each, well_formed));
    }
    auto number = [&](std::string_view name) {
      const Json& value = member(*json, name);
      return value.is_uint64() ? value.get_uint64() : static_cast<uint64_t>(value.get_int64());
    };
    Result<void> verdict;
    if (kind == "inclusion") {
      ++inclusion;
      verdict = verify_inclusion(number("leafIdx"), number("treeSize"), hash_of(member(*json, "leafHash"), well_formed),
                                 proof, hash_of(member(*json, "root"), well_formed));
    } else {
      ++consistency;
      verdict = verify_consistency(number("size1"), number("size2"), hash_of(member(*json, "root1"), well_formed),
                                   hash_of(member(*json, "root2"), well_formed), proof);
    }
    EXPECT_EQ(well_formed && verdict.has_value(), !want_error) << line;
  }
  EXPECT_EQ(inclusion, 98u);
  EXPECT_EQ(consistency, 98u);
}

}  // namespace
}  // namespace fovea::audit
