// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a deployment of Disputes is fixed to permanently.
/// @param window Seconds of L1 time in which a challenge can be answered.
/// @param promiseSecondsMax The longest that nodes promise to keep a batch, in seconds from the moment they sign.
/// @param bond Wei that a challenger pays for a challenge, lost if the challenge is answered.
/// @param operatorFine Wei that an operator's deposit loses over one header that it withheld.
/// @param disperserFine Wei that a disperser's deposit loses over one header that is no batch's.
/// @param treasury Where half of every bond and fine goes.
struct Terms {
    uint64 window;
    uint64 promiseSecondsMax;
    uint96 bond;
    uint96 operatorFine;
    uint96 disperserFine;
    address treasury;
}
