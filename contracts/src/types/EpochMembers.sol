// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "./Member.sol";

/// @notice What is under an epoch's `committeeRoot` (protocol §6.1), as in its EpochStarted event.
/// @param seed The hash of the block before the one in which the epoch started.
/// @param members The operators, in strictly ascending order of signer.
struct EpochMembers {
    bytes32 seed;
    Member[] members;
}
