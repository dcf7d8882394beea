// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";

/// @title Who holds what of a committee's shards (protocol §1)
/// @notice Members are those under a committeeRoot: 4 … 255 shards, each member at least one.
library Members {
    /// @notice n, the shards of all members.
    function shardsOf(Member[] calldata members) internal pure returns (uint256 shards) {
        for (uint256 i = 0; i < members.length; i++) {
            shards += members[i].shards;
        }
    }

    /// @notice The index of the member with the shard (pair + root mod n) mod n.
    function holderOf(Member[] calldata members, uint256 shards, bytes32 root, uint256 pair)
        internal
        pure
        returns (uint256 index)
    {
        uint256 shard = (pair + uint256(root) % shards) % shards;
        for (uint256 end = members[0].shards; end <= shard; end += members[index].shards) {
            index++;
        }
    }
}
