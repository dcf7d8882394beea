// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "../types/Terms.sol";
import {Geometry} from "./Geometry.sol";

/// @title Which terms of disputes are fair (protocol §7)
/// @notice Half of a bond or a fine goes to the account that did the work, so it has to pay for the gas of that work at a price
/// that L1 has in congestion. The gas here is an upper bound of what was measured; the gas snapshot says what that is.
library FairTerms {
    uint256 internal constant WINDOW_SECONDS_MIN = 1 hours;
    uint256 internal constant WINDOW_SECONDS_MAX = 365 days;
    uint256 internal constant NOTICE_WINDOWS_MIN = 2;
    uint256 internal constant GAS_PRICE = 100 gwei;

    /// @dev An answer, when neither the answerer nor the treasury has a credit.
    uint256 internal constant ANSWER_GAS = 175_000;

    /// @dev A challenge, its expiry, and the fine of the holder.
    uint256 internal constant WITHHELD_GAS = 500_000;

    /// @dev Evidence (b): c + 1 openings of 2,048 bytes, in as many parts as it takes, and the fine of the disperser.
    uint256 internal constant EVIDENCE_GAS = 300_000;
    uint256 internal constant OPENING_GAS = 125_000;

    /// @param shards n, the shards of the committee.
    /// @param noticeSeconds Of the Ledger.
    function areFair(Terms memory terms, uint256 shards, uint256 noticeSeconds) internal pure returns (bool) {
        return terms.window >= WINDOW_SECONDS_MIN && terms.window <= WINDOW_SECONDS_MAX
            && noticeSeconds >= NOTICE_WINDOWS_MIN * terms.window && terms.bond >= _twice(ANSWER_GAS)
            && terms.operatorFine >= _twice(WITHHELD_GAS)
            && terms.disperserFine >= _twice(evidenceGas(shards))
            && terms.operatorDepositMin >= terms.operatorFine
            && terms.disperserDepositMin >= terms.disperserFine && terms.treasury != address(0);
    }

    /// @notice Gas of the most expensive evidence at n shards.
    function evidenceGas(uint256 shards) internal pure returns (uint256) {
        return EVIDENCE_GAS + OPENING_GAS * (Geometry.columns(shards) + 1);
    }

    function _twice(uint256 gas) private pure returns (uint256) {
        return 2 * gas * GAS_PRICE;
    }
}
