// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a deployment of Disputes is fixed to permanently (protocol §7).
/// @param window Seconds of L1 time in which a challenge can be answered.
/// @param bond Wei that a challenger pays for a challenge, lost if the challenge is answered.
/// @param operatorFine Wei that an operator's deposit loses over one pair that it withheld.
/// @param disperserFine Wei that a disperser's deposit loses over one header.
/// @param operatorDepositMin Wei that an operator should have at stake.
/// @param disperserDepositMin Wei that a disperser should have at stake.
/// @param treasury Where half of every lost bond and fine goes.
struct Terms {
    uint64 window;
    uint96 bond;
    uint96 operatorFine;
    uint96 disperserFine;
    uint96 operatorDepositMin;
    uint96 disperserDepositMin;
    address treasury;
}
